//! Another address for an account: asked for by who has just proven themselves, confirmed by a link to the new address, told to both.

use secrecy::{ExposeSecret, SecretString};
use tower_sessions::Session;
use uuid::Uuid;

use super::events::{AccountEvent, Addressee, Change};
use super::secrets::{self, Purpose};
use super::sessions::Proof;
use super::{limits, recovery_codes, sessions};
use crate::access::{Actor, Fresh, RequestFacts};
use crate::db::Db;
use crate::kernel::error::{Error, Result};
use crate::kernel::text::Email;
use crate::mail::Kind;

/// Sends a link to the new address, and word of it to the present one. Whether the address is somebody's already is not said here:
/// it is found out when the link is opened.
///
/// # Errors
/// A refused address, limited, or the database's.
pub async fn ask(db: &Db, facts: &RequestFacts, who: Fresh, email: &str) -> Result<()> {
    let email = Email::parse(email).map_err(|fault| Error::field("email", fault))?;
    limits::hit(db, limits::LETTERS, &who.user().to_string()).await?;
    let user = who.user();
    let secret = secrets::fresh()?;
    let mut change = Change::begin(db, facts, user).await?;
    let present = change.addressee().await?;
    refuse_held(&mut change, email.as_str()).await?;
    if present.email == email.as_str() {
        return Err(Error::field("email", "unchanged"));
    }
    secrets::keep(change.conn(), user, Purpose::EmailChange, &secret, Some(email.as_str())).await?;
    // no name: whose address it is has not been shown
    let to = Addressee { email: email.as_str().to_owned(), name: String::new(), ..present };
    change.write_to(to, Kind::EmailConfirm, &format!("/settings/email#{}", secret.expose_secret())).await?;
    change.commit(&AccountEvent::EmailChangeAsked).await
}

/// An address is what holds its owner to the sign-in of an organisation: it is exchanged for others of its domain alone.
async fn refuse_held(change: &mut Change, wanted: &str) -> Result<()> {
    let held = sqlx::query_scalar!(r#"select gate.is_held($1) as "held!""#, wanted).fetch_one(change.conn()).await?;
    if held { Err(Error::Rule("address_held")) } else { Ok(()) }
}

/// Changes the address, by the secret of the link and in the session of its owner. All other sessions end.
///
/// # Errors
/// `link_dead` for unknown, used, expired and somebody else's links alike; `taken` where the address is another account's by now;
/// or the database's.
pub async fn confirm(db: &Db, session: &Session, facts: &RequestFacts, actor: &Actor, secret: &SecretString) -> Result<()> {
    let user = actor.user().ok_or(Error::SignedOut)?;
    let mut change = Change::begin(db, facts, user).await?;
    let email = secrets::use_up(change.conn(), user, Purpose::EmailChange, secret).await?.ok_or(Error::Rule("link_dead"))?;
    refuse_held(&mut change, &email).await?;
    let before = change.addressee().await?;
    sqlx::query!(
        "insert into auth.former_address (id, user_id, mark) values ($1, $2, $3)",
        Uuid::now_v7(),
        user.0,
        &db.keys().mark_of_address(&before.email)[..]
    )
    .execute(change.conn())
    .await?;
    sqlx::query!("update auth.user_account set email = $2, generation = generation + 1 where id = $1", user.0, email)
        .execute(change.conn())
        .await
        .map_err(|error| Error::or_duplicate(error, "email"))?;
    let second_factor = recovery_codes::has_factor(change.conn(), user).await?;
    secrets::end_all(change.conn(), user).await?;
    // to the address that it was; the event tells the one that it is
    change.write_to(before, Kind::EmailLeft, "").await?;
    change.commit(&AccountEvent::EmailChanged).await?;
    sessions::rise(db, session, user, Proof::Before { second_factor }).await
}
