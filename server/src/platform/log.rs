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
    /// To what.
    pub entity: Option<Uuid>,
    /// Who operates the platform and did it; none for who is nobody there, e.g. a refused sign-in.
    pub operator: Option<String>,
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
        r#"select seq as "seq!", at as "at!", action as "action!", entity_id as entity, actor as operator, result as "result!"
           from gate.platform_log($1, $2)"#,
        before.unwrap_or(i64::MAX),
        PAGE
    )
    .fetch_all(tx.conn())
    .await?)
}
