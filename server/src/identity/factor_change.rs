//! What every change of second factors does beside itself: recovery codes, sessions, news.

use tower_sessions::Session;

use super::events::{AccountEvent, Change};
use super::recovery_codes::{self, Codes};
use super::sessions::{self, Proof};
use crate::db::Db;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::UserId;

/// Keeps a change that added a factor. Every other session of the person ends, since it was begun with less. Answers recovery codes,
/// if there were none left.
pub(super) async fn added(db: &Db, session: &Session, mut change: Change, user: UserId, kind: &'static str) -> Result<Option<Codes>> {
    let codes = match recovery_codes::left(change.conn(), user).await? {
        0 => Some(recovery_codes::make(change.conn(), user).await?),
        _ => None,
    };
    sessions::end_others_of(change.conn(), user, session).await?;
    change.commit(&AccountEvent::FactorAdded(kind)).await?;
    sessions::rise(db, session, user, Proof::Now { second_factor: true }).await?;
    Ok(codes)
}

/// Keeps a change that took a factor off, unless the password is too short to stand alone, or a role demands one and there is no other. Everything else that was begun with it
/// ends: other sessions and API tokens.
pub(super) async fn removed(db: &Db, session: &Session, mut change: Change, user: UserId, kind: &'static str) -> Result<()> {
    let row = sqlx::query!(
        r#"update auth.user_account set generation = generation + 1 where id = $1
           returning is_super_admin or gate.owes_factor(id) as "demanded!", gate.has_factor(id) as "another!",
             password_stands_alone"#,
        user.0
    )
    .fetch_one(change.conn())
    .await?;
    if row.demanded && !row.another {
        return Err(Error::Rule("factor_demanded"));
    }
    if !row.another && !row.password_stands_alone {
        return Err(Error::Rule("password_stands_not_alone"));
    }
    if !row.another {
        sqlx::query!("delete from auth.recovery_code where user_id = $1", user.0).execute(change.conn()).await?;
    }
    change.commit(&AccountEvent::FactorRemoved(kind)).await?;
    sessions::rise(db, session, user, Proof::Before { second_factor: row.another }).await
}
