//! Filters that a person keeps under a name: of the log, of a tracking table, of a dashboard.

use super::Event;
use crate::access::{Can, Cx, Reader};
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::ids::SavedFilterId;
use crate::kernel::text;

/// The most that a person keeps in an organisation.
const MOST: i64 = 30;
/// The longest query, in characters.
const LONGEST: usize = 500;

/// A filter that was kept.
#[derive(Clone, Debug)]
pub struct SavedFilter {
    /// Its id.
    pub id: SavedFilterId,
    /// Its name.
    pub name: String,
    /// The query of the page's address.
    pub query: String,
}

/// A page of an organisation whose filters are kept, as its address says it behind the organisation's: `audit`,
/// `projects/wells/tracking`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page(String);

impl Page {
    /// The log's.
    #[must_use]
    pub fn audit() -> Self {
        Self("audit".to_owned())
    }

    /// One of a project's.
    #[must_use]
    pub fn of_project(code: &str, page: &str) -> Self {
        Self(format!("projects/{code}/{page}"))
    }

    /// The page of its address; none that has no filters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_known = match text.split('/').collect::<Vec<_>>()[..] {
            ["audit"] => true,
            ["projects", code, page] => text::slug(code).is_ok_and(|slug| slug == code) && matches!(page, "tracking" | "dashboard"),
            _ => false,
        };
        is_known.then(|| Self(text.to_owned()))
    }

    /// As an address says it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Who may keep filters of it: they hold no data, and the page asks for itself.
    fn can(&self) -> Can {
        if self.0 == "audit" { Can::ReadAudit(None) } else { Can::ListProjects }
    }
}

/// The filters of a page that this person keeps, by name, through the door of the page.
pub(crate) async fn of(r: &mut Reader, page: &Page) -> Result<Vec<SavedFilter>> {
    Ok(sqlx::query_as!(
        SavedFilter,
        r#"select id as "id: SavedFilterId", name, query from app.saved_filter where page = $1 order by name"#,
        page.as_str()
    )
    .fetch_all(r.conn())
    .await?)
}

/// Keeps a filter of a page under a name.
///
/// # Errors
/// Refusal, refused fields (`taken`, `too_many`), or the database's.
pub async fn keep(cx: &Cx, page: &Page, name: &str, query: &str) -> Result<()> {
    let mut w = cx.write(page.can()).await?;
    let mut invalid = Invalid::default();
    let name = invalid.keep("name", text::line(name, 1, 80));
    let query = invalid.keep("name", query_of(query));
    let (Some(name), Some(query)) = (name, query) else { return Err(Error::Invalid(invalid)) };
    // two at once are counted one after the other
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('filters:' || app.actor()::text, 0))").execute(w.conn()).await?;
    let kept = sqlx::query_scalar!(r#"select count(*) as "n!" from app.saved_filter"#).fetch_one(w.conn()).await?;
    if kept >= MOST {
        return Err(Error::field("name", "too_many"));
    }
    let id = SavedFilterId::new();
    sqlx::query!("insert into app.saved_filter (id, page, name, query) values ($1, $2, $3, $4)", id.0, page.as_str(), name, query)
        .execute(w.conn())
        .await
        .map_err(|error| Error::or_duplicate(error, "name"))?;
    w.commit(Event::FilterKept(id)).await
}

/// Forgets one.
///
/// # Errors
/// Refusal, not found (also another's), or the database's.
pub async fn forget(cx: &Cx, page: &Page, id: SavedFilterId) -> Result<()> {
    let mut w = cx.write(page.can()).await?;
    let done = sqlx::query!("delete from app.saved_filter where id = $1 and page = $2", id.0, page.as_str()).execute(w.conn()).await?;
    if done.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    w.commit(Event::FilterForgotten(id)).await
}

/// A query as it stands in an address, and nothing that could lead elsewhere.
fn query_of(text: &str) -> Result<String, &'static str> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.~/%=&*".contains(c);
    match text.len() {
        0 => Err("filter_empty"),
        n if n > LONGEST => Err("too_long"),
        _ if text.chars().all(fits) => Ok(text.to_owned()),
        _ => Err("not_a_choice"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages() {
        for (text, is_known) in [
            ("audit", true),
            ("projects/wells/tracking", true),
            ("projects/wells-2/dashboard", true),
            ("projects/wells", false),
            ("projects/wells/setup", false),
            ("projects/../tracking", false),
            ("projects/Wells/tracking", false),
            ("/audit", false),
            ("audit/", false),
            ("", false),
        ] {
            assert_eq!(Page::parse(text).is_some(), is_known, "{text}");
        }
    }

    #[test]
    fn queries() {
        for (text, fits) in [
            ("action=value.&from=2026-01-01", true),
            ("actor=01a2", true),
            ("", false),
            ("a b", false),
            ("a#b", false),
            ("a?b", false),
            ("a\"b", false),
        ] {
            assert_eq!(query_of(text).is_ok(), fits, "{text}");
        }
        assert!(query_of(&"a".repeat(501)).is_err());
    }
}
