//! Templates of reports: the organisation's own, and those that come with Kipimo. A report takes the sections of its template along when it
//! is begun; what becomes of the template afterwards does not touch it.

mod shipped;
mod whom;

pub use shipped::{SHIPPED, Shipped};
pub use whom::WhomForm;

use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use self::whom::Whom;
use crate::access::{Can, Cx, Writer};
use crate::audit::Event;
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::ids::{DonorId, ProjectId, ReportTemplateId};
use crate::kernel::text::{self, Locale};

/// Sections of a template, or of a report, at the most.
pub const MOST_SECTIONS: usize = 30;
/// What stands before the key of a template that comes with Kipimo, where one is chosen.
pub const SHIPPED_PREFIX: &str = "shipped:";

/// A section of a template.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its key, unique in the template.
    pub key: String,
    /// Its heading.
    pub title: String,
    /// What it shows beside its words: one of [`crate::projects::snapshot::Block::KINDS`].
    pub block: String,
    /// What its writer is told.
    pub guidance: String,
    /// Whether a report needs it.
    pub required: bool,
}

/// A template of the organisation's own.
#[derive(Clone, Debug)]
pub struct Template {
    /// Its id.
    pub id: ReportTemplateId,
    /// Its name, by which it is kept once.
    pub name: String,
    /// The donor of the register that it is for, if it is for one.
    pub donor: Option<DonorId>,
    /// Its name.
    pub donor_name: Option<String>,
    /// A donor that is not in the register, in words; empty for none.
    pub for_donor: String,
    /// The language of its sections.
    pub locale: String,
    /// Its sections, in order.
    pub parts: Json<Vec<Part>>,
    /// Whether it is offered no more.
    pub archived: bool,
    /// The version that an edit must name.
    pub row_version: i32,
}

impl Template {
    /// For whom it is; empty for anybody.
    #[must_use]
    pub fn whom(&self) -> &str {
        self.donor_name.as_deref().unwrap_or(&self.for_donor)
    }
}

async fn all(conn: &mut sqlx::PgConnection) -> Result<Vec<Template>> {
    Ok(sqlx::query_as!(
        Template,
        r#"select t.id as "id: ReportTemplateId", t.name, t.donor_id as "donor?: DonorId", d.name as "donor_name?", t.donor as for_donor, t.locale,
             t.sections as "parts: Json<Vec<Part>>", t.archived, t.row_version
           from app.report_template t left join app.donor d on d.tenant_id = t.tenant_id and d.id = t.donor_id
           order by t.archived, t.name limit 200"#
    )
    .fetch_all(conn)
    .await?)
}

/// The templates of the organisation: those that are offered first, by name.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(cx: &Cx) -> Result<Vec<Template>> {
    let mut r = cx.read(Can::KeepLibrary).await?;
    all(r.conn()).await
}

/// A template.
///
/// # Errors
/// Refusal, not found, or the database's.
pub async fn find(cx: &Cx, id: ReportTemplateId) -> Result<Template> {
    list(cx).await?.into_iter().find(|template| template.id == id).ok_or(Error::NotFound)
}

/// The templates that a report of a project can be begun from, by name.
///
/// # Errors
/// Refusal, or the database's.
pub async fn offered(cx: &Cx, project: ProjectId) -> Result<Vec<Template>> {
    let mut r = cx.read(Can::WriteReport(project)).await?;
    Ok(all(r.conn()).await?.into_iter().filter(|template| !template.archived).collect())
}

/// The sections that a report begins with: those of a template, by its id or the key of one that comes with Kipimo; else one alone.
///
/// # Errors
/// A refused field, or the database's.
pub(super) async fn parts_of(w: &mut Writer, chosen: &str, locale: Locale) -> Result<Vec<Part>> {
    let chosen = chosen.trim();
    if chosen.is_empty() {
        return Ok(vec![shipped::alone(locale)]);
    }
    if let Some(key) = chosen.strip_prefix(SHIPPED_PREFIX) {
        let shipped = SHIPPED.iter().find(|shipped| shipped.key == key);
        return shipped.map(|shipped| shipped.parts(locale)).ok_or_else(|| Error::field("template", "not_a_choice"));
    }
    let id: ReportTemplateId = chosen.parse().map_err(|_| Error::field("template", "not_a_choice"))?;
    let of = all(w.conn()).await?.into_iter().find(|template| template.id == id && !template.archived);
    of.map(|template| template.parts.0).ok_or_else(|| Error::field("template", "not_a_choice"))
}

/// A template as it is begun.
#[derive(Clone, Copy, Debug, Default)]
pub struct NewForm<'a> {
    /// Its name.
    pub name: &'a str,
    /// For whom.
    pub whom: WhomForm<'a>,
    /// The language.
    pub locale: &'a str,
    /// What it begins from: as a report does.
    pub template: &'a str,
}

/// Begins a template, from another one or from one section.
///
/// # Errors
/// Refusal, refused fields (`taken` for a name in use, `donor_said_twice` for a donor that is chosen and said in words), or the database's.
pub async fn add(cx: &Cx, form: NewForm<'_>) -> Result<ReportTemplateId> {
    let mut w = cx.write(Can::KeepLibrary).await?;
    let mut bad = Invalid::default();
    let name = bad.keep("name", text::line(form.name, 1, 120));
    let whom = form.whom.parse(&mut bad);
    let locale = bad.keep("locale", Locale::parse(form.locale).ok_or("not_a_choice"));
    let (Some(name), Some(whom), Some(locale)) = (name, whom, locale) else { return Err(Error::Invalid(bad)) };
    whom.expect(&mut w).await?;
    let parts = parts_of(&mut w, form.template, locale).await?;
    let id = ReportTemplateId::new();
    sqlx::query!(
        "insert into app.report_template (id, name, donor_id, donor, locale, sections) values ($1, $2, $3, $4, $5, $6)",
        id.0,
        name,
        whom.donor.map(|donor| donor.0),
        whom.words,
        locale.as_str(),
        Json(&parts) as _
    )
    .execute(w.conn())
    .await
    .map_err(|error| Error::or_duplicate(error, "name"))?;
    w.commit(Event::ReportTemplateAdded(id)).await?;
    Ok(id)
}

/// A section of a template as typed. One without a title is none.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// The key that it has; empty for a new one.
    pub key: String,
    /// Its heading.
    pub title: String,
    /// What it shows.
    pub block: String,
    /// What its writer is told.
    pub guidance: String,
    /// Whether a report needs it.
    pub required: bool,
    /// Its place among the others; empty for after them.
    pub place: String,
}

/// A template as typed.
#[derive(Clone, Debug, Default)]
pub struct TemplateForm<'a> {
    /// Its name.
    pub name: &'a str,
    /// For whom.
    pub whom: WhomForm<'a>,
    /// The language.
    pub locale: &'a str,
    /// Its sections.
    pub rows: Vec<Row>,
}

struct New {
    name: String,
    whom: Whom,
    locale: Locale,
    parts: Vec<Part>,
}

/// Whether a text can be the key of a section.
fn is_key(text: &str) -> bool {
    (1..=40).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

impl TemplateForm<'_> {
    /// Fields of a section are named by its place among those that were sent: `title-0`.
    fn parse(&self) -> Result<New> {
        let mut bad = Invalid::default();
        let name = bad.keep("name", text::line(self.name, 1, 120));
        let whom = self.whom.parse(&mut bad);
        let locale = bad.keep("locale", Locale::parse(self.locale).ok_or("not_a_choice"));
        let mut placed: Vec<(i32, Part)> = Vec::new();
        for (at, row) in self.rows.iter().enumerate().filter(|(_, row)| !row.title.trim().is_empty()) {
            let title = bad.keep(&format!("title-{at}"), text::line(&row.title, 1, 200));
            let block = bad.keep(&format!("block-{at}"), super::sections::kind_of(&row.block));
            let guidance = bad.keep(&format!("guidance-{at}"), text::prose(&row.guidance, 500));
            let place = match row.place.trim() {
                "" => Some(i32::MAX),
                typed => bad.keep(&format!("place-{at}"), typed.parse::<i32>().map_err(|_| "not_a_number")),
            };
            let (Some(title), Some(block), Some(guidance), Some(place)) = (title, block, guidance, place) else { continue };
            placed.push((place, Part { key: row.key.clone(), title, block: block.to_owned(), guidance, required: row.required }));
        }
        if placed.is_empty() {
            bad.note("title-0", "required");
        }
        if placed.len() > MOST_SECTIONS {
            bad.note("title-0", "too_many");
        }
        placed.sort_by_key(|(place, _)| *place);
        let parts = keyed(placed.into_iter().map(|(_, part)| part).collect());
        match (name, whom, locale) {
            (Some(name), Some(whom), Some(locale)) if bad.0.is_empty() => Ok(New { name, whom, locale, parts }),
            _ => Err(Error::Invalid(bad)),
        }
    }
}

/// Gives each section a key that no other one has; those that have one keep it.
fn keyed(parts: Vec<Part>) -> Vec<Part> {
    let mut out: Vec<Part> = Vec::with_capacity(parts.len());
    let taken: Vec<String> = parts.iter().map(|part| part.key.clone()).collect();
    for mut part in parts {
        if !is_key(&part.key) || out.iter().any(|other| other.key == part.key) {
            // of one more than there are, one is free
            let mut keys = (1..=taken.len() + 1).map(|n| format!("section-{n}"));
            part.key = keys.find(|key| !taken.contains(key) && out.iter().all(|other| other.key != *key)).unwrap_or_default();
        }
        out.push(part);
    }
    out
}

/// Changes a template.
///
/// # Errors
/// Refusal, refused fields, stale (also of one that is not there), or the database's.
pub async fn update(cx: &Cx, id: ReportTemplateId, form: &TemplateForm<'_>, row_version: i32) -> Result<()> {
    let mut w = cx.write(Can::KeepLibrary).await?;
    let new = form.parse()?;
    new.whom.expect(&mut w).await?;
    let done = sqlx::query!(
        "update app.report_template set name = $3, donor_id = $4, donor = $5, locale = $6, sections = $7 where id = $1 and row_version = $2",
        id.0,
        row_version,
        new.name,
        new.whom.donor.map(|donor| donor.0),
        new.whom.words,
        new.locale.as_str(),
        Json(&new.parts) as _
    )
    .execute(w.conn())
    .await
    .map_err(|error| Error::or_duplicate(error, "name"))?;
    if done.rows_affected() != 1 {
        return Err(Error::Stale);
    }
    w.commit(Event::ReportTemplateChanged(id)).await
}

/// Offers a template no more, or again.
///
/// # Errors
/// Refusal, not found, or the database's.
pub async fn archive(cx: &Cx, id: ReportTemplateId, archived: bool) -> Result<()> {
    let mut w = cx.write(Can::KeepLibrary).await?;
    let done = sqlx::query!("update app.report_template set archived = $2 where id = $1", id.0, archived).execute(w.conn()).await?;
    if done.rows_affected() != 1 {
        return Err(Error::NotFound);
    }
    w.commit(if archived { Event::ReportTemplateArchived(id) } else { Event::ReportTemplateOffered(id) }).await
}

#[cfg(test)]
mod tests {
    use crate::projects::snapshot::Block;

    use super::*;

    fn row(key: &str, title: &str, place: &str) -> Row {
        Row { key: key.into(), title: title.into(), block: "none".into(), place: place.into(), ..Row::default() }
    }

    #[test]
    fn sections_stand_in_the_order_of_their_places_and_keep_their_keys() {
        let rows = vec![row("a", "A", "3"), row("", "", "1"), row("b", "B", "1"), row("", "C", ""), row("a", "D", "2")];
        let form = TemplateForm { name: "T", locale: "en", rows, ..TemplateForm::default() };
        let parts = form.parse().map(|new| new.parts).unwrap_or_default();
        let found: Vec<(&str, &str)> = parts.iter().map(|part| (part.title.as_str(), part.key.as_str())).collect();
        assert_eq!(found, [("B", "b"), ("D", "a"), ("A", "section-1"), ("C", "section-2")]);
    }

    #[test]
    fn what_is_wrong_is_told_of_its_row() {
        let mut block = row("a", "A", "");
        block.block = "video".into();
        let cases: [(Vec<Row>, &str, &str); 4] = [
            (vec![row("", " ", "")], "title-0", "required"),
            (vec![row("a", "A", ""), row("b", "B", "first")], "place-1", "not_a_number"),
            (vec![block], "block-0", "not_a_choice"),
            (vec![row("", "A", ""); MOST_SECTIONS + 1], "title-0", "too_many"),
        ];
        for (rows, field, fault) in cases {
            let form = TemplateForm { name: "T", locale: "en", rows, ..TemplateForm::default() };
            match form.parse() {
                Err(Error::Invalid(bad)) => assert_eq!(bad.0.get(field), Some(&fault)),
                other => panic!("{field}: {:?}", other.map(|new| new.parts)),
            }
        }
    }

    #[test]
    fn what_comes_with_kipimo_is_whole() {
        for shipped in &SHIPPED {
            for locale in Locale::ALL {
                let parts = shipped.parts(locale);
                assert!(parts.len() <= MOST_SECTIONS && parts.iter().any(|part| part.required), "{}", shipped.key);
                for part in &parts {
                    assert!(is_key(&part.key) && Block::KINDS.contains(&part.block.as_str()) && !part.title.is_empty(), "{part:?}");
                    assert_eq!(parts.iter().filter(|other| other.key == part.key).count(), 1, "{part:?}");
                }
            }
        }
    }
}
