//! What a project says of itself under the standard, beside what Kipimo knows of it anyway.

use rust_decimal::Decimal;

use super::document::{Country, Role, Sector};
use crate::access::{Can, Cx};
use crate::audit::Event;
use crate::kernel::error::{Error, Fault, Invalid, Result};
use crate::kernel::figure_text::figure;
use crate::kernel::ids::{IatiPublicationId, ProjectId};
use crate::kernel::text;

/// Kinds of organisations that report: codes of the standard's list `OrganisationType`.
pub const ORGANISATION_KINDS: [&str; 17] =
    ["10", "11", "15", "21", "22", "23", "24", "30", "40", "60", "70", "71", "72", "73", "80", "90", "00"];
/// Carries it out: of the standard's list `OrganisationRole`.
const IMPLEMENTING: i16 = 4;
/// Sectors and countries of a project at the most.
const MOST_SHARES: usize = 40;

/// What is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Publication {
    /// The identifier of who reports, e.g. `GB-CHC-202918`.
    pub reporting_ref: String,
    /// Of which kind they are: one of [`ORGANISATION_KINDS`], or empty.
    pub reporting_kind: String,
    /// Their name.
    pub reporting_name: String,
    /// What they do in it: a code of the standard's list `OrganisationRole`, 1 to 4; 4 implements it.
    pub reporting_role: i16,
    /// The identifier of the activity: that of who reports, a hyphen, and a code of their own.
    pub identifier: String,
    /// The identifier of who funds it.
    pub funder_ref: String,
    /// Their name.
    pub funder_name: String,
    /// OECD DAC's codes of five digits, a line each, with the share in per cent where there are several.
    pub sectors: String,
    /// ISO 3166-1 codes of two letters; likewise.
    pub countries: String,
    /// Whether all of it is humanitarian aid.
    pub humanitarian: bool,
    /// Whether what is planned to be spent is published too.
    pub with_budget: bool,
    /// Whether its places are published too.
    pub with_places: bool,
    /// The version that an edit must name; 0 where nothing was said yet.
    pub row_version: i32,
}

impl Publication {
    /// What who reports does in the activity.
    pub(super) fn role(&self) -> Role {
        u8::try_from(self.reporting_role).ok().and_then(Role::from_code).unwrap_or(Role::Implementing)
    }

    /// The sectors, as the file has them.
    pub(super) fn sector_list(&self) -> Vec<Sector> {
        let shares = shares(&self.sectors, is_sector).unwrap_or_default();
        let sector = |share: Share| Sector { vocabulary: "1".to_owned(), code: share.code, percentage: share.percentage, name: Vec::new() };
        shares.into_iter().map(sector).collect()
    }

    /// The countries, as the file has them.
    pub(super) fn country_list(&self) -> Vec<Country> {
        let shares = shares(&self.countries, is_country).unwrap_or_default();
        shares.into_iter().map(|share| Country { code: share.code, percentage: share.percentage }).collect()
    }
}

/// A code with its share.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Share {
    code: String,
    percentage: Option<Decimal>,
}

fn is_sector(code: &str) -> bool {
    code.len() == 5 && code.bytes().all(|b| b.is_ascii_digit())
}

fn is_country(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase())
}

/// Codes with their shares, a line each: `14030 60`. Whether the shares come to 100 is a rule of the standard, and told by its check.
fn shares(text: &str, is_code: fn(&str) -> bool) -> Result<Vec<Share>, Fault> {
    let mut out: Vec<Share> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut words = line.split_whitespace();
        let code = words.next().unwrap_or_default().to_uppercase();
        if !is_code(&code) {
            return Err("not_such_a_code");
        }
        let percentage = figure(words.next().unwrap_or_default().trim_end_matches('%')).map_err(|_| "not_a_share")?;
        let is_share = percentage.is_none_or(|share| (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(&share));
        if !is_share || words.any(|word| word != "%") {
            return Err("not_a_share");
        }
        if out.iter().any(|share| share.code == code) {
            return Err("twice");
        }
        out.push(Share { code, percentage: percentage.map(|share| share.normalize()) });
    }
    if out.len() > MOST_SHARES { Err("too_many") } else { Ok(out) }
}

/// The shares as they are kept and shown again.
fn lines(shares: &[Share]) -> String {
    let line = |share: &Share| share.percentage.map_or_else(|| share.code.clone(), |percentage| format!("{} {percentage}", share.code));
    shares.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// An identifier of the standard: no spaces, and none of the signs that it forbids (rules 1.3.13 and 1.14.13).
fn identifier(typed: &str, most: usize) -> Result<String, Fault> {
    let text = text::line(typed, 0, most)?;
    // nor what no register has in one, and could be taken for markup
    let is_plain = text.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '/' | '&' | '|' | '?' | '"' | '\'' | '<' | '>' | '`' | '\\'));
    if is_plain { Ok(text) } else { Err("not_an_identifier") }
}

impl Publication {
    /// The same of its form; `row_version` is the one that was shown.
    fn parsed(&self) -> Result<Self> {
        let mut bad = Invalid::default();
        let reporting_ref = bad.keep("reporting_ref", identifier(&self.reporting_ref, 100));
        let known = self.reporting_kind.is_empty() || ORGANISATION_KINDS.contains(&self.reporting_kind.as_str());
        let reporting_kind = bad.keep("reporting_kind", if known { Ok(self.reporting_kind.clone()) } else { Err("not_a_choice") });
        let reporting_name = bad.keep("reporting_name", text::line(&self.reporting_name, 0, 200));
        if Role::from_code(u8::try_from(self.reporting_role).unwrap_or_default()).is_none() {
            bad.note("reporting_role", "not_a_choice");
        }
        let activity = bad.keep("identifier", identifier(&self.identifier, 150));
        let funder_ref = bad.keep("funder_ref", identifier(&self.funder_ref, 100));
        let funder_name = bad.keep("funder_name", text::line(&self.funder_name, 0, 200));
        let sectors = bad.keep("sectors", shares(&self.sectors, is_sector));
        let countries = bad.keep("countries", shares(&self.countries, is_country));
        bad.check()?;
        Ok(Self {
            reporting_ref: reporting_ref.unwrap_or_default(),
            reporting_kind: reporting_kind.unwrap_or_default(),
            reporting_name: reporting_name.unwrap_or_default(),
            identifier: activity.unwrap_or_default(),
            funder_ref: funder_ref.unwrap_or_default(),
            funder_name: funder_name.unwrap_or_default(),
            sectors: lines(&sectors.unwrap_or_default()),
            countries: lines(&countries.unwrap_or_default()),
            ..self.clone()
        })
    }
}

/// What a project says of itself. One that said nothing yet begins with who reports in the organisation's other projects.
pub(super) async fn of_project(conn: &mut sqlx::PgConnection, project: ProjectId) -> Result<Publication> {
    let kept = sqlx::query_as!(
        Publication,
        "select reporting_ref, reporting_kind, reporting_name, identifier, funder_ref, funder_name, sectors, countries, humanitarian,
           with_budget, with_places, reporting_role, row_version from app.iati_publication where project_id = $1",
        project.0
    )
    .fetch_optional(&mut *conn)
    .await?;
    if let Some(kept) = kept {
        return Ok(kept);
    }
    let begun = sqlx::query!(
        r#"select t.name as "organisation!", o.reporting_ref as "reporting_ref?", o.reporting_kind as "reporting_kind?", o.reporting_name as "reporting_name?"
           from app.tenant t
           left join lateral (select * from app.iati_publication p where p.tenant_id = t.id order by p.updated_at desc limit 1) o on true"#
    )
    .fetch_one(conn)
    .await?;
    Ok(Publication {
        reporting_ref: begun.reporting_ref.unwrap_or_default(),
        reporting_kind: begun.reporting_kind.unwrap_or_default(),
        reporting_name: begun.reporting_name.unwrap_or(begun.organisation),
        reporting_role: IMPLEMENTING,
        ..Publication::default()
    })
}

/// Keeps what a project says of itself.
///
/// # Errors
/// Refusal, refused fields, stale, or the database's.
pub async fn set(cx: &Cx, project: ProjectId, said: &Publication) -> Result<()> {
    let mut w = cx.write(Can::SetIati(project)).await?;
    let said = said.parsed()?;
    let done = sqlx::query!(
        "insert into app.iati_publication as p (id, project_id, reporting_ref, reporting_kind, reporting_name, identifier, funder_ref,
           funder_name, sectors, countries, humanitarian, with_budget, with_places, reporting_role)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $14, $15)
         on conflict (tenant_id, project_id) do update set reporting_ref = excluded.reporting_ref, reporting_kind = excluded.reporting_kind,
           reporting_name = excluded.reporting_name, identifier = excluded.identifier, funder_ref = excluded.funder_ref,
           funder_name = excluded.funder_name, sectors = excluded.sectors, countries = excluded.countries,
           humanitarian = excluded.humanitarian, with_budget = excluded.with_budget, with_places = excluded.with_places,
           reporting_role = excluded.reporting_role
         where p.row_version = $13",
        IatiPublicationId::new().0,
        project.0,
        said.reporting_ref,
        said.reporting_kind,
        said.reporting_name,
        said.identifier,
        said.funder_ref,
        said.funder_name,
        said.sectors,
        said.countries,
        said.humanitarian,
        said.with_budget,
        said.row_version,
        said.with_places,
        said.reporting_role
    )
    .execute(w.conn())
    .await?;
    if done.rows_affected() == 0 {
        return Err(Error::Stale);
    }
    w.commit(Event::IatiSet { project }).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_with_their_shares() {
        let cases: [(&str, Result<&str, Fault>); 12] = [
            ("", Ok("")),
            ("14030", Ok("14030")),
            ("14030 60\n14020 40", Ok("14030 60\n14020 40")),
            ("  14030   60.50 %  \n\n 14020 39.5%", Ok("14030 60.5\n14020 39.5")),
            ("1403", Err("not_such_a_code")),
            ("TZ", Err("not_such_a_code")),
            ("14030 101", Err("not_a_share")),
            ("14030 -1", Err("not_a_share")),
            ("14030 sixty", Err("not_a_share")),
            ("14030 60 water", Err("not_a_share")),
            ("14030 60\n14030 40", Err("twice")),
            ("14030;60", Err("not_such_a_code")),
        ];
        for (typed, expected) in cases {
            let read = shares(typed, is_sector).map(|shares| lines(&shares));
            assert_eq!(read.as_deref().map_err(|fault| *fault), expected, "{typed}");
        }
        assert_eq!(shares("tz 60\nKE 40", is_country).map(|shares| lines(&shares)).as_deref(), Ok("TZ 60\nKE 40"));
        assert_eq!(shares("Kenya", is_country), Err("not_such_a_code"));
    }

    #[test]
    fn identifiers_hold_no_sign_that_the_standard_forbids() {
        for (typed, is_one) in [
            ("GB-CHC-202918", true),
            ("", true),
            ("XM-DAC 1", false),
            ("a/b", false),
            ("a&b", false),
            ("a|b", false),
            ("a?", false),
            ("a<b>", false),
            ("a\"b", false),
            ("é", false),
        ] {
            assert_eq!(identifier(typed, 100).is_ok(), is_one, "{typed}");
        }
    }
}
