//! What people write about themselves, and the news of their account.

use chrono::{DateTime, Utc};

use super::device;
use super::events::{AccountEvent, Change};
use crate::access::RequestFacts;
use crate::db::Db;
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::ids::{RequestId, UserId};
use crate::kernel::text::{self, Locale};

/// Changes name and language of letters.
///
/// # Errors
/// Refused fields, or the database's.
pub async fn update(db: &Db, facts: &RequestFacts, user: UserId, name: &str, locale: &str) -> Result<()> {
    let mut invalid = Invalid::default();
    let name = invalid.keep("name", text::line(name, 1, 120));
    let locale = invalid.keep("locale", Locale::parse(locale).ok_or("not_a_choice"));
    let (Some(name), Some(locale)) = (name, locale) else { return Err(Error::Invalid(invalid)) };
    let mut change = Change::begin(db, facts, user).await?;
    sqlx::query!("update auth.user_account set name = $2, locale = $3 where id = $1", user.0, name, locale.as_str())
        .execute(change.conn())
        .await?;
    change.commit(&AccountEvent::ProfileChanged).await
}

/// The language of a person's letters.
///
/// # Errors
/// The database's.
pub async fn locale(db: &Db, user: UserId) -> Result<Locale> {
    let mut tx = db.account(user, RequestId::new()).await?;
    let code = sqlx::query_scalar!("select locale from auth.user_account where id = $1", user.0).fetch_one(tx.conn()).await?;
    Ok(Locale::parse(&code).unwrap_or(Locale::En))
}

/// News of an account.
#[derive(Clone, Debug)]
pub struct Notice {
    /// What happened; the name of a kind of letter.
    pub kind: String,
    /// The browser that did it.
    pub device: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
    /// Whether it is read for the first time.
    pub new: bool,
}

/// The news of the last year, the newest first; from now on they count as read.
///
/// # Errors
/// The database's.
pub async fn notices(db: &Db, user: UserId) -> Result<Vec<Notice>> {
    let mut tx = db.account(user, RequestId::new()).await?;
    let rows = sqlx::query!(
        r#"select kind, agent, at, read_at is null as "new!" from auth.notice
           where user_id = $1 and at > now() - interval '1 year' order by at desc limit 100"#,
        user.0
    )
    .fetch_all(tx.conn())
    .await?;
    if rows.iter().any(|row| row.new) {
        sqlx::query!("update auth.notice set read_at = now() where user_id = $1 and read_at is null", user.0).execute(tx.conn()).await?;
    }
    tx.commit().await?;
    Ok(rows.into_iter().map(|row| Notice { kind: row.kind, device: device::of(row.agent.as_deref()), at: row.at, new: row.new }).collect())
}
