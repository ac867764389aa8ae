//! What was typed into a refused form, kept for ten minutes under an unguessable name.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::db::{Db, Tx, Why};
use crate::kernel::crypto::{Place, hex, unhex};
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::UserId;

/// A refused form.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Flash {
    /// The form: `noun/verb`.
    pub form: String,
    /// What was typed, by field. Never a password or a code.
    pub typed: BTreeMap<String, String>,
    /// Why fields were refused, by field.
    pub faults: BTreeMap<String, String>,
    /// Why the whole was refused, where no field is to blame.
    pub code: Option<String>,
    /// Something shown once, e.g. a new link with its secret.
    pub once: Option<String>,
}

impl std::fmt::Debug for Flash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // neither what was typed nor what is shown once belongs in a log
        f.debug_struct("Flash").field("form", &self.form).field("code", &self.code).finish_non_exhaustive()
    }
}

/// Keeps a flash for its person; the answer is its name.
///
/// # Errors
/// The database's.
pub async fn keep(db: &Db, user: Option<UserId>, flash: &Flash) -> Result<Uuid> {
    // random, not ordered by time: the name is all that protects a flash of nobody
    let id = Uuid::new_v4();
    let mut tx = db.system(Why::SignIn).await?;
    let once = match (&flash.once, user) {
        (Some(once), Some(user)) => sealed(db, &mut tx, user, id, once).await?,
        _ => None,
    };
    let kept = Flash { once, ..flash.clone() };
    let body = serde_json::to_value(kept).map_err(|error| Error::Internal(format!("flash: {error}")))?;
    sqlx::query!("insert into auth.flash (id, user_id, body) values ($1, $2, $3)", id, user.map(|u| u.0), body).execute(tx.conn()).await?;
    tx.commit().await?;
    Ok(id)
}

/// The flash of a name, for the person that it was kept for. What is shown once is taken with it.
///
/// # Errors
/// The database's.
pub async fn take(db: &Db, user: Option<UserId>, id: Uuid) -> Result<Option<Flash>> {
    let mut tx = db.system(Why::SignIn).await?;
    let body = sqlx::query_scalar!(
        "select body from auth.flash where id = $1 and user_id is not distinct from $2 and expires_at > now()",
        id,
        user.map(|u| u.0)
    )
    .fetch_optional(tx.conn())
    .await?;
    let mut flash = body.and_then(|body| serde_json::from_value::<Flash>(body).ok());
    if let Some(flash) = flash.as_mut().filter(|flash| flash.once.is_some()) {
        // of two that ask at once, one is shown it
        let gone = sqlx::query!("delete from auth.flash where id = $1", id).execute(tx.conn()).await?.rows_affected();
        flash.once = match (flash.once.take(), user) {
            (Some(once), Some(user)) if gone == 1 => opened(db, &mut tx, user, id, &once).await?,
            _ => None,
        };
    }
    tx.commit().await?;
    Ok(flash)
}

/// What is shown once is a secret: it lies there sealed with its person's key.
fn place(id: Uuid) -> Place {
    Place { tenant: Uuid::nil(), table: "auth.flash", column: "body", row: id }
}

async fn sealed(db: &Db, tx: &mut Tx, user: UserId, id: Uuid, once: &str) -> Result<Option<String>> {
    let key = db.data_key(tx.conn(), user.into()).await?;
    Ok(key.map(|key| key.seal(&place(id), once.as_bytes())).transpose()?.map(|bytes| hex(&bytes)))
}

async fn opened(db: &Db, tx: &mut Tx, user: UserId, id: Uuid, once: &str) -> Result<Option<String>> {
    let key = db.data_key(tx.conn(), user.into()).await?;
    let plain = key.zip(unhex(once)).and_then(|(key, bytes)| key.open(&place(id), &bytes));
    Ok(plain.and_then(|bytes| String::from_utf8(bytes).ok()))
}
