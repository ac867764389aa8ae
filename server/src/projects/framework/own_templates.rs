//! Templates of the organisation's own: levels that its projects begin from. A project copies them, so that what changes here later
//! changes no project.

pub use super::level::Level;

use sqlx::types::Json;

use super::level::{LONGEST_LEVEL, Levels, MOST_LEVELS};
use super::{ResultType, TEMPLATES, Template};
use crate::access::{Can, Cx};
use crate::audit::Event;
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::ids::{FrameworkTemplateId, ProjectId};
use crate::kernel::text::{self, Locale};
use crate::kernel::wording::Wording;

/// The most templates that an organisation has, archived ones too.
const MOST: i64 = 60;

/// A template of the organisation's own.
#[derive(Clone, Debug)]
pub struct OwnTemplate {
    /// Its id.
    pub id: FrameworkTemplateId,
    /// What it is called.
    pub name: String,
    /// Its levels, top down.
    pub levels: Vec<Level>,
    /// Whether it is offered no more.
    pub archived: bool,
    /// The version that an edit must name.
    pub row_version: i32,
}

/// A level as typed.
#[derive(Clone, Debug, Default)]
pub struct LevelForm {
    /// What it is called in English.
    pub label_en: String,
    /// What it is called in Swahili.
    pub label_sw: String,
    /// What its results are: a word of [`ResultType`].
    pub result_type: String,
    /// Whether its results carry indicators.
    pub allows_indicators: bool,
}

/// A template as typed: a level without a name is none.
#[derive(Clone, Debug, Default)]
pub struct TemplateForm {
    /// What it is called.
    pub name: String,
    /// Its levels, top down.
    pub levels: Vec<LevelForm>,
}

impl LevelForm {
    fn is_empty(&self) -> bool {
        self.label_en.trim().is_empty() && self.label_sw.trim().is_empty()
    }

    /// The level of row `n`, counted from 1; what is wrong stands beside its fields.
    fn parse(&self, bad: &mut Invalid, n: usize) -> Option<Level> {
        let mut label = |name: &str, typed: &str| {
            // a bar stands between the languages, wherever a level is one line
            let said = if typed.contains('|') { Err("no_bar") } else { text::line(typed, 0, LONGEST_LEVEL) };
            bad.keep(&format!("{name}-{n}"), said)
        };
        let (en, sw) = (label("level_en", &self.label_en), label("level_sw", &self.label_sw));
        let result_type = bad.keep(&format!("result_type-{n}"), ResultType::parse(&self.result_type).ok_or("not_a_choice"));
        let line = format!("{} | {}", en?, sw?);
        let label = bad.keep(&format!("level_en-{n}"), Wording::parse_line(&line))?;
        Some(Level { label, result_type: result_type?, allows_indicators: self.allows_indicators })
    }
}

impl TemplateForm {
    /// Reads the fields: the one rule of what a template is.
    ///
    /// # Errors
    /// Those that are refused: `required` without a level, `levels_too_many`, `twice` for a name that another level has.
    fn parse(&self) -> Result<(String, Vec<Level>)> {
        let mut bad = Invalid::default();
        let name = bad.keep("name", text::line(&self.name, 1, 120));
        let mut levels: Vec<Level> = Vec::new();
        let rows = || (1..).zip(&self.levels).filter(|(_, level)| !level.is_empty());
        for (n, typed) in rows() {
            let Some(level) = typed.parse(&mut bad, n) else { continue };
            for (field, locale) in [("level_en", Locale::En), ("level_sw", Locale::Sw)] {
                let said = level.label.only(locale);
                if !said.is_empty() && levels.iter().any(|other| other.label.is_said(said)) {
                    bad.note(&format!("{field}-{n}"), "twice");
                }
            }
            levels.push(level);
        }
        match rows().nth(MOST_LEVELS) {
            Some((n, _)) => bad.note(&format!("level_en-{n}"), "levels_too_many"),
            None if rows().next().is_none() => bad.note("level_en-1", "required"),
            None => {}
        }
        match name {
            Some(name) if bad.0.is_empty() => Ok((name, levels)),
            _ => Err(Error::Invalid(bad)),
        }
    }
}

async fn all(conn: &mut sqlx::PgConnection) -> Result<Vec<OwnTemplate>> {
    Ok(sqlx::query!(
        r#"select id as "id: FrameworkTemplateId", name, levels as "levels: Json<Vec<Level>>", archived, row_version
           from app.framework_template order by lower(name)"#
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| OwnTemplate { id: row.id, name: row.name, levels: row.levels.0, archived: row.archived, row_version: row.row_version })
    .collect())
}

/// The templates of the organisation, by name, with those that are offered no more.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(cx: &Cx) -> Result<Vec<OwnTemplate>> {
    let mut r = cx.read(Can::KeepLibrary).await?;
    all(r.conn()).await
}

/// A template of the organisation.
///
/// # Errors
/// Refusal, not found, or the database's.
pub async fn find(cx: &Cx, id: FrameworkTemplateId) -> Result<OwnTemplate> {
    list(cx).await?.into_iter().find(|template| template.id == id).ok_or(Error::NotFound)
}

/// What the framework of a project may take its levels from, or that of a project that is to begin, by name.
///
/// # Errors
/// Refusal, or the database's.
pub async fn offered(cx: &Cx, project: Option<ProjectId>) -> Result<Vec<OwnTemplate>> {
    let mut r = cx.read(project.map_or(Can::CreateProject, Can::EditFramework)).await?;
    Ok(all(r.conn()).await?.into_iter().filter(|template| !template.archived).collect())
}

/// The levels of what was chosen: the key of a template that comes with Kipimo, or the id of one of the organisation's that is offered. Who
/// says nothing gets the usual one; none for what is no choice.
pub(crate) async fn chosen(conn: &mut sqlx::PgConnection, choice: &str) -> Result<Option<Levels>> {
    let choice = choice.trim();
    if choice.is_empty() {
        return Ok(Some(Levels::shipped(TEMPLATES[0])));
    }
    if let Some(template) = Template::of(choice) {
        return Ok(Some(Levels::shipped(template)));
    }
    let Ok(id) = choice.parse::<FrameworkTemplateId>() else { return Ok(None) };
    let levels = sqlx::query_scalar!(
        r#"select levels as "levels: Json<Vec<Level>>" from app.framework_template where id = $1 and not archived"#,
        id.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(levels.map(|levels| Levels::copied(&levels.0)))
}

/// Makes a template.
///
/// # Errors
/// Refusal, refused fields (`taken`, `too_many`), or the database's.
pub async fn add(cx: &Cx, form: &TemplateForm) -> Result<FrameworkTemplateId> {
    let mut w = cx.write(Can::KeepLibrary).await?;
    let (name, levels) = form.parse()?;
    let there = sqlx::query_scalar!(r#"select count(*) as "count!" from app.framework_template"#).fetch_one(w.conn()).await?;
    if there >= MOST {
        return Err(Error::field("name", "too_many"));
    }
    let id = FrameworkTemplateId::new();
    sqlx::query!("insert into app.framework_template (id, name, levels) values ($1, $2, $3)", id.0, name, Json(&levels) as _)
        .execute(w.conn())
        .await
        .map_err(|error| Error::or_duplicate(error, "name"))?;
    w.commit(Event::TemplateAdded(id)).await?;
    Ok(id)
}

/// Changes a template. Projects that took it keep the levels that they copied.
///
/// # Errors
/// Refusal, refused fields (`taken`), not found, stale, or the database's.
pub async fn update(cx: &Cx, id: FrameworkTemplateId, form: &TemplateForm, row_version: i32) -> Result<()> {
    let mut w = cx.write(Can::KeepLibrary).await?;
    let (name, levels) = form.parse()?;
    let there = sqlx::query_scalar!("select row_version from app.framework_template where id = $1 for update", id.0)
        .fetch_optional(w.conn())
        .await?;
    if there.ok_or(Error::NotFound)? != row_version {
        return Err(Error::Stale);
    }
    sqlx::query!("update app.framework_template set name = $2, levels = $3 where id = $1", id.0, name, Json(&levels) as _)
        .execute(w.conn())
        .await
        .map_err(|error| Error::or_duplicate(error, "name"))?;
    w.commit(Event::TemplateChanged(id)).await
}

/// Offers a template no more, or again.
///
/// # Errors
/// Refusal, not found, or the database's.
pub async fn archive(cx: &Cx, id: FrameworkTemplateId, archived: bool) -> Result<()> {
    let mut w = cx.write(Can::KeepLibrary).await?;
    let done = sqlx::query!("update app.framework_template set archived = $2 where id = $1", id.0, archived).execute(w.conn()).await?;
    if done.rows_affected() != 1 {
        return Err(Error::NotFound);
    }
    w.commit(if archived { Event::TemplateArchived(id) } else { Event::TemplateOffered(id) }).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(en: &str, sw: &str, result_type: &str, allows_indicators: bool) -> LevelForm {
        LevelForm { label_en: en.into(), label_sw: sw.into(), result_type: result_type.into(), allows_indicators }
    }

    #[test]
    fn rows_without_a_name_are_left_out() {
        let (vision, fruit) = (level(" Vision ", "Dira", "impact", false), level("", "Zao", "output", true));
        let rows = [level("", " ", "impact", true), vision, level("", "", "", true), fruit];
        let (name, levels) = TemplateForm { name: " Ours ".into(), levels: rows.to_vec() }.parse().unwrap();
        let told: Vec<_> = levels.iter().map(|level| (level.label.line(), level.result_type, level.allows_indicators)).collect();
        assert_eq!(name, "Ours");
        assert_eq!(told, [("Vision | Dira".to_owned(), ResultType::Impact, false), ("| Zao".to_owned(), ResultType::Output, true)]);
        // what is kept is read back
        let kept = serde_json::to_value(&levels).unwrap();
        let expected = serde_json::json!({ "label": { "en": "Vision", "sw": "Dira" }, "iati_result_type": 3, "allow_indicators": false });
        assert_eq!(kept[0], expected);
        assert_eq!(serde_json::from_value::<Vec<Level>>(kept).unwrap(), levels);
    }

    #[test]
    fn what_is_wrong_stands_beside_its_field() {
        let good = || level("A", "", "impact", true);
        let many = (1..=9).map(|n| level(&format!("Level {n}"), "", "other", true)).collect::<Vec<_>>();
        let long = "x".repeat(61);
        let cases = [
            ("no level", vec![], "level_en-1", "required"),
            ("only empty ones", vec![level("", "", "impact", true)], "level_en-1", "required"),
            ("nine", many, "level_en-9", "levels_too_many"),
            ("one name twice", vec![good(), level("", "", "", true), level("a", "", "output", true)], "level_en-3", "twice"),
            ("one name in two languages", vec![good(), level("B", "A", "output", true)], "level_sw-2", "twice"),
            ("too long", vec![good(), level("B", &long, "output", true)], "level_sw-2", "too_long"),
            ("a bar", vec![level("A | B", "", "impact", true)], "level_en-1", "no_bar"),
            ("no such type", vec![level("A", "", "goal", true)], "result_type-1", "not_a_choice"),
        ];
        for (what, levels, field, fault) in cases {
            match (TemplateForm { name: "T".into(), levels }).parse() {
                Err(Error::Invalid(bad)) => assert_eq!(bad, Invalid::one(field, fault), "{what}"),
                other => panic!("{what}: {other:?}"),
            }
        }
        let unnamed = TemplateForm { name: " ".into(), levels: vec![good()] };
        assert!(matches!(unnamed.parse(), Err(Error::Invalid(bad)) if bad == Invalid::one("name", "required")));
    }
}
