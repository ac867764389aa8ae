//! Letters that anybody may ask for, to any address. Whether there is an account is found out after the answer, which is the same and
//! takes the same time for all.

use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::events::{AccountEvent, Change};
use super::secrets::{self, Purpose};
use crate::access::RequestFacts;
use crate::db::{Db, KeyOwner, Why};
use crate::kernel::crypto::Place;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{RequestId, UserId};
use crate::kernel::text::Locale;
use crate::mail::Kind;

/// What a letter is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Wish {
    /// A link to choose a new password.
    PasswordReset,
    /// A link that lets a new browser sign in to an account that is being guessed at.
    Device,
}

#[derive(Serialize, Deserialize)]
struct Wanted {
    wish: Wish,
    email: String,
    locale: Locale,
}

fn place(id: Uuid) -> Place {
    Place { tenant: Uuid::nil(), table: "auth.letter_request", column: "sealed", row: id }
}

/// Notes that a letter is asked for.
pub(super) async fn note(db: &Db, facts: &RequestFacts, wish: Wish, email: &str, locale: Locale) -> Result<()> {
    let id = Uuid::now_v7();
    let wanted = Wanted { wish, email: email.to_owned(), locale };
    let text = serde_json::to_vec(&wanted).map_err(|error| Error::Internal(format!("letter request: {error}")))?;
    let mut tx = db.system(Why::SignIn).await?;
    let key = db.data_key(tx.conn(), KeyOwner::PLATFORM).await?.ok_or(Error::NotFound)?;
    let sealed = key.seal(&place(id), &text)?;
    sqlx::query!("insert into auth.letter_request (id, sealed, agent) values ($1, $2, $3)", id, sealed, facts.agent)
        .execute(tx.conn())
        .await?;
    tx.commit().await
}

/// Puts the letters that were asked for into the outbox, where there is an account; answers how many were asked for.
///
/// # Errors
/// The database's.
pub async fn answer(db: &Db) -> Result<usize> {
    let mut answered = 0;
    while answer_one(db).await? {
        answered += 1;
    }
    Ok(answered)
}

async fn answer_one(db: &Db) -> Result<bool> {
    let mut tx = db.system(Why::SignIn).await?;
    let row = sqlx::query!(
        r#"delete from auth.letter_request where id = (select id from auth.letter_request order by created_at limit 1 for update skip locked)
           returning id, sealed, agent, created_at > now() - interval '1 hour' as "recent!""#
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(false) };
    let key = db.data_key(tx.conn(), KeyOwner::PLATFORM).await?;
    let wanted = key.and_then(|key| key.open(&place(row.id), &row.sealed)).and_then(|text| serde_json::from_slice::<Wanted>(&text).ok());
    let account = match &wanted {
        Some(wanted) if row.recent => {
            sqlx::query_scalar!("select id from auth.user_account where email = $1 and status = 'active'", wanted.email)
                .fetch_optional(tx.conn())
                .await?
        }
        _ => None,
    };
    // gone before it is written: one that cannot be answered must not stand before all others, and is asked for again
    tx.commit().await?;
    if let (Some(user), Some(wanted)) = (account, wanted) {
        let facts = RequestFacts { id: RequestId(row.id), ip: None, agent: row.agent };
        write(db, &facts, UserId(user), &wanted).await?;
    }
    Ok(true)
}

async fn write(db: &Db, facts: &RequestFacts, user: UserId, wanted: &Wanted) -> Result<()> {
    let secret = secrets::fresh()?;
    let mut change = Change::begin(db, facts, user).await?;
    let (purpose, kind, page, event) = match wanted.wish {
        Wish::PasswordReset => (Purpose::PasswordReset, Kind::PasswordReset, "reset", AccountEvent::ResetAsked),
        Wish::Device => (Purpose::Device, Kind::DeviceLink, "device", AccountEvent::DeviceAsked),
    };
    secrets::keep(change.conn(), user, purpose, &secret, None).await?;
    let mut to = change.addressee().await?;
    to.locale = wanted.locale;
    change.write_to(to, kind, &format!("/{page}#{}", secret.expose_secret())).await?;
    change.commit(&event).await
}
