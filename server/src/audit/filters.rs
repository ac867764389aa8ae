//! Filters of the log that a person keeps under a name.

use super::Event;
use crate::access::{Can, Cx};
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

/// Keeps a filter under a name.
///
/// # Errors
/// Refusal, refused fields (`taken`, `too_many`), or the database's.
pub async fn keep(cx: &Cx, name: &str, query: &str) -> Result<()> {
    let mut w = cx.write(Can::ReadAudit(None)).await?;
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
    sqlx::query!("insert into app.saved_filter (id, name, query) values ($1, $2, $3)", id.0, name, query)
        .execute(w.conn())
        .await
        .map_err(|error| Error::or_duplicate(error, "name"))?;
    w.commit(Event::FilterKept(id)).await
}

/// Forgets one.
///
/// # Errors
/// Refusal, not found (also another's), or the database's.
pub async fn forget(cx: &Cx, id: SavedFilterId) -> Result<()> {
    let mut w = cx.write(Can::ReadAudit(None)).await?;
    let done = sqlx::query!("delete from app.saved_filter where id = $1", id.0).execute(w.conn()).await?;
    if done.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    w.commit(Event::FilterForgotten(id)).await
}

/// A query as it stands in an address, and nothing that could lead elsewhere.
fn query_of(text: &str) -> Result<String, &'static str> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.~/%=&".contains(c);
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
