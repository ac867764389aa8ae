//! The platform's own log: what its operators did.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::Desk;
use crate::kernel::error::Result;

/// Lines on a page.
pub const PAGE: i32 = 50;

/// An act.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its place in the chain.
    pub seq: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// What was done.
    pub action: String,
    /// To what kind of thing.
    pub entity_type: Option<String>,
    /// To which.
    pub entity: Option<Uuid>,
    /// Who did it; none for who is nobody, e.g. at a refused sign-in.
    pub actor: Option<String>,
    /// `ok`, `denied` or `error`.
    pub result: String,
}

/// A page of the log, newest first.
///
/// # Errors
/// The database's.
pub async fn page(desk: &Desk, before: Option<i64>) -> Result<Vec<Line>> {
    let mut tx = desk.read().await?;
    Ok(sqlx::query_as!(
        Line,
        r#"select seq as "seq!", at as "at!", action as "action!", entity_type, entity_id as entity, actor, result as "result!"
           from gate.platform_log($1, $2)"#,
        before.unwrap_or(i64::MAX),
        PAGE
    )
    .fetch_all(tx.conn())
    .await?)
}
