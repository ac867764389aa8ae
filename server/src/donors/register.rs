//! The register of donors: who a link is for, beyond the person that it is sent to.

use sqlx::PgConnection;

use crate::access::{Can, Cx, Writer};
use crate::audit::Event;
use crate::kernel::error::{Error, Fault, Invalid, Result};
use crate::kernel::ids::{DonorId, ProjectId};
use crate::kernel::text;

/// What kind of organisation a donor is, by the codes of the IATI standard.
pub const KINDS: [&str; 16] = ["10", "11", "15", "21", "22", "23", "24", "30", "40", "60", "70", "71", "72", "73", "80", "90"];

/// A donor.
#[derive(Clone, Debug)]
pub struct Donor {
    /// Its id.
    pub id: DonorId,
    /// Its name.
    pub name: String,
    /// A shorter one; empty for none.
    pub short_name: String,
}

/// What a form about a new link may say.
#[derive(Clone, Debug)]
pub struct Options {
    /// The donors that are known.
    pub donors: Vec<Donor>,
    /// Days for which a link lives at most after it was last opened.
    pub days: i32,
}

/// A donor as typed: one that is known, by its id, or a new one, by its name.
#[derive(Clone, Copy, Debug, Default)]
pub struct DonorForm<'a> {
    /// The id of a known one.
    pub donor: &'a str,
    /// The name of a new one.
    pub donor_name: &'a str,
    /// Its shorter name.
    pub donor_short_name: &'a str,
    /// How the IATI standard names it.
    pub donor_ref: &'a str,
    /// What kind of organisation it is, by a code of the standard.
    pub donor_type: &'a str,
}

/// The donor that a form names.
pub(super) enum Named {
    /// One that is known.
    Known(DonorId),
    /// One that is new, or turns out to be known by that name.
    New { name: String, short_name: String, org_ref: String, org_type: String },
}

fn kind(text: &str) -> Result<String, Fault> {
    let text = text.trim();
    if text.is_empty() || KINDS.contains(&text) { Ok(text.to_owned()) } else { Err("not_a_choice") }
}

fn reference(text: &str) -> Result<String, Fault> {
    let text = text::line(text, 0, 100)?;
    if text.contains([' ', '/', '&', '|', '?']) { Err("not_an_identifier") } else { Ok(text) }
}

impl DonorForm<'_> {
    /// The donor, if one is named. A name that is typed counts, whatever is chosen.
    pub(super) fn parse(&self, bad: &mut Invalid) -> Option<Named> {
        if self.donor_name.trim().is_empty() {
            let chosen = self.donor.trim();
            return if chosen.is_empty() { None } else { bad.keep("donor", chosen.parse().map_err(|_| "not_a_choice")).map(Named::Known) };
        }
        let name = bad.keep("donor_name", text::line(self.donor_name, 1, 200));
        let short_name = bad.keep("donor_short_name", text::line(self.donor_short_name, 0, 40));
        let org_ref = bad.keep("donor_ref", reference(self.donor_ref));
        let org_type = bad.keep("donor_type", kind(self.donor_type));
        Some(Named::New { name: name?, short_name: short_name?, org_ref: org_ref?, org_type: org_type? })
    }
}

impl Named {
    /// The donor's id; a new one is written into the register.
    pub(super) async fn keep(&self, w: &mut Writer) -> Result<DonorId> {
        let (name, short_name, org_ref, org_type) = match self {
            Self::Known(id) => {
                let known = sqlx::query_scalar!(r#"select id as "id: DonorId" from app.donor where id = $1"#, id.0);
                return known.fetch_optional(w.conn()).await?.ok_or_else(|| Error::field("donor", "not_a_choice"));
            }
            Self::New { name, short_name, org_ref, org_type } => (name, short_name, org_ref, org_type),
        };
        let made = sqlx::query_scalar!(
            r#"insert into app.donor (id, name, short_name, iati_org_ref, iati_org_type) values ($1, $2, $3, $4, $5)
               on conflict (tenant_id, lower(name)) do nothing returning id as "id: DonorId""#,
            DonorId::new().0,
            name,
            short_name,
            org_ref,
            org_type
        )
        .fetch_optional(w.conn())
        .await?;
        match made {
            Some(id) => Ok(id),
            // known by that name: the same one is meant
            None => Ok(sqlx::query_scalar!(r#"select id as "id: DonorId" from app.donor where lower(name) = lower($1)"#, name)
                .fetch_one(w.conn())
                .await?),
        }
    }
}

/// Every donor, by name.
pub(super) async fn all(conn: &mut PgConnection) -> Result<Vec<Donor>> {
    Ok(sqlx::query_as!(Donor, r#"select id as "id: DonorId", name, short_name from app.donor order by lower(name), id limit 1000"#)
        .fetch_all(conn)
        .await?)
}

/// A donor with all that is known of it.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its id.
    pub id: DonorId,
    /// Its name.
    pub name: String,
    /// A shorter one; empty for none.
    pub short_name: String,
    /// How the IATI standard names it; empty for not at all.
    pub org_ref: String,
    /// One of [`KINDS`]; empty where it was not said.
    pub org_type: String,
    /// The version that an edit must name.
    pub row_version: i32,
}

/// The register: every donor by name, or one.
async fn kept(cx: &Cx, one: Option<DonorId>) -> Result<Vec<Kept>> {
    let mut r = cx.read(Can::KeepDonors).await?;
    Ok(sqlx::query_as!(
        Kept,
        r#"select id as "id: DonorId", name, short_name, iati_org_ref as org_ref, iati_org_type as org_type, row_version
           from app.donor where $1::uuid is null or id = $1 order by lower(name), id limit 1000"#,
        one.map(|id| id.0)
    )
    .fetch_all(r.conn())
    .await?)
}

/// Every donor, by name.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(cx: &Cx) -> Result<Vec<Kept>> {
    kept(cx, None).await
}

/// One donor.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn one(cx: &Cx, id: DonorId) -> Result<Kept> {
    kept(cx, Some(id)).await?.pop().ok_or(Error::NotFound)
}

/// Corrects what is known of a donor. Its links name it by its new name from then on; what was published stays as it is.
///
/// # Errors
/// Refusal, refused fields (`taken` for the name of another one), not found, stale, or the database's.
pub async fn change(cx: &Cx, id: DonorId, form: &DonorForm<'_>, row_version: i32) -> Result<()> {
    let mut w = cx.write(Can::KeepDonors).await?;
    let mut bad = Invalid::default();
    if form.donor_name.trim().is_empty() {
        bad.note("donor_name", "required");
    }
    let new = form.parse(&mut bad);
    let Some(Named::New { name, short_name, org_ref, org_type }) = new.filter(|_| bad.0.is_empty()) else {
        return Err(Error::Invalid(bad));
    };
    let there = sqlx::query_scalar!("select row_version from app.donor where id = $1 for update", id.0).fetch_optional(w.conn()).await?;
    if there.ok_or(Error::NotFound)? != row_version {
        return Err(Error::Stale);
    }
    sqlx::query!(
        "update app.donor set name = $2, short_name = $3, iati_org_ref = $4, iati_org_type = $5 where id = $1",
        id.0,
        name,
        short_name,
        org_ref,
        org_type
    )
    .execute(w.conn())
    .await
    .map_err(|error| Error::or_duplicate(error, "donor_name"))?;
    w.commit(Event::DonorChanged(id)).await
}

/// What a new link of a project may be.
///
/// # Errors
/// Refusal, or the database's.
pub async fn options(cx: &Cx, project: ProjectId) -> Result<Options> {
    let mut r = cx.read(Can::ReadDonorLinks(Some(project))).await?;
    let days =
        sqlx::query_scalar!("select donor_link_default_days from app.tenant where id = (select app.tenant())").fetch_one(r.conn()).await?;
    Ok(Options { donors: all(r.conn()).await?, days })
}

/// The donors for whom a template of reports can be.
///
/// # Errors
/// Refusal, or the database's.
pub async fn for_templates(cx: &Cx) -> Result<Vec<Donor>> {
    let mut r = cx.read(Can::KeepLibrary).await?;
    all(r.conn()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_donor_counts_before_a_chosen_one() {
        let mut bad = Invalid::default();
        assert!(DonorForm::default().parse(&mut bad).is_none());
        let chosen = uuid::Uuid::nil().to_string();
        assert!(matches!(DonorForm { donor: &chosen, ..DonorForm::default() }.parse(&mut bad), Some(Named::Known(_))));
        let both = DonorForm { donor: &chosen, donor_name: " The Fund ", donor_type: "60", ..DonorForm::default() };
        assert!(matches!(both.parse(&mut bad), Some(Named::New { name, .. }) if name == "The Fund"));
        assert!(bad.0.is_empty());
        let wrong = DonorForm { donor: "x", ..DonorForm::default() };
        assert!(wrong.parse(&mut bad).is_none());
        let wrong = DonorForm { donor_name: "F", donor_ref: "a b", donor_type: "99", ..DonorForm::default() };
        assert!(wrong.parse(&mut bad).is_none());
        assert_eq!(bad.0.keys().collect::<Vec<_>>(), ["donor", "donor_ref", "donor_type"]);
    }
}
