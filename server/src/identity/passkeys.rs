//! Passkeys (WebAuthn): second factors that no other site can ask for. A browser is given a challenge that is bound to its session
//! and used once; user verification is always required.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::types::Json;
use std::sync::Arc;
use tower_sessions::Session;
use uuid::Uuid;
use webauthn_rs::prelude::{Passkey, PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential, Url};
use webauthn_rs::{Webauthn, WebauthnBuilder};

use super::events::Change;
use super::factor_change;
use super::recovery_codes::Codes;
use super::sessions::{self, id_hash};
use crate::access::{Fresh, RequestFacts};
use crate::db::Db;
use crate::kernel::crypto::Place;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{RequestId, UserId};
use crate::kernel::text;

/// Passkeys that one person may have.
const AT_MOST: i64 = 20;

/// The site for which passkeys are made: they work nowhere else.
#[derive(Clone)]
pub struct Site(Arc<Webauthn>);

impl std::fmt::Debug for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Site(..)")
    }
}

impl Site {
    /// The site of an address, with its subdomains or without; none where that names no host, e.g. an IP address, for which there are
    /// no passkeys.
    #[must_use]
    pub fn of(public_url: &str, subdomains: bool) -> Option<Self> {
        let origin = Url::parse(public_url).ok()?;
        let host = origin.domain()?.to_owned();
        let site = WebauthnBuilder::new(&host, &origin).ok()?.rp_name("Kipimo").allow_subdomains(subdomains).build().ok()?;
        Some(Self(Arc::new(site)))
    }
}

/// A passkey in its owner's list.
#[derive(Clone, Debug)]
pub struct Line {
    /// What it is named by.
    pub id: Uuid,
    /// The name that its owner gave it.
    pub name: String,
    /// Since when.
    pub added: DateTime<Utc>,
    /// When it was last used.
    pub used: Option<DateTime<Utc>>,
}

/// What a browser is asked to do.
#[derive(Serialize, Deserialize)]
enum Asked {
    Make(PasskeyRegistration),
    Prove(PasskeyAuthentication),
}

#[derive(Serialize, Deserialize)]
struct Ceremony {
    /// What the page gives to the browser.
    options: serde_json::Value,
    asked: Asked,
}

fn place(id: Uuid) -> Place {
    Place { tenant: Uuid::nil(), table: "auth.ceremony", column: "sealed", row: id }
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("passkey: {error}"))
}

/// The passkeys of a person.
pub(super) async fn of(conn: &mut PgConnection, user: UserId) -> Result<Vec<Line>> {
    let rows = sqlx::query!("select id, name, created_at, last_used_at from auth.passkey where user_id = $1 order by created_at", user.0)
        .fetch_all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| Line { id: row.id, name: row.name, added: row.created_at, used: row.last_used_at }).collect())
}

async fn kept(conn: &mut PgConnection, user: UserId) -> Result<Vec<(Uuid, Passkey)>> {
    let rows = sqlx::query!(r#"select id, credential as "credential: Json<Passkey>" from auth.passkey where user_id = $1"#, user.0)
        .fetch_all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.credential.0)).collect())
}

/// Begins a ceremony in a session; answers its name.
async fn begin(db: &Db, conn: &mut PgConnection, session: &Session, user: UserId, ceremony: &Ceremony) -> Result<Uuid> {
    let session = session.id().ok_or(Error::SignedOut)?;
    let key = db.data_key(&mut *conn, user.into()).await?.ok_or(Error::NotFound)?;
    let id = Uuid::new_v4();
    let sealed = key.seal(&place(id), &serde_json::to_vec(ceremony).map_err(failed)?)?;
    sqlx::query!(
        "delete from auth.ceremony where user_id = $1 and (expires_at < now() or session_hash = $2)",
        user.0,
        &id_hash(session)[..]
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into auth.ceremony (id, user_id, session_hash, sealed) values ($1, $2, $3, $4)",
        id,
        user.0,
        &id_hash(session)[..],
        sealed
    )
    .execute(conn)
    .await?;
    Ok(id)
}

/// Begins to add a passkey.
///
/// # Errors
/// `too_many_passkeys`, or the database's.
pub async fn begin_adding(db: &Db, site: &Site, session: &Session, who: Fresh) -> Result<Uuid> {
    let user = who.user();
    let mut tx = db.account(user, RequestId::new()).await?;
    let row = sqlx::query!("select email, name from auth.user_account where id = $1", user.0).fetch_one(tx.conn()).await?;
    let known = kept(tx.conn(), user).await?;
    if i64::try_from(known.len()).unwrap_or(i64::MAX) >= AT_MOST {
        return Err(Error::Rule("too_many_passkeys"));
    }
    let known = known.iter().map(|(_, passkey)| passkey.cred_id().clone()).collect();
    let (options, state) = site.0.start_passkey_registration(user.0, &row.email, &row.name, Some(known)).map_err(failed)?;
    let ceremony = Ceremony { options: serde_json::to_value(options).map_err(failed)?, asked: Asked::Make(state) };
    let id = begin(db, tx.conn(), session, user, &ceremony).await?;
    tx.commit().await?;
    Ok(id)
}

/// Begins to prove a person by a passkey of theirs.
///
/// # Errors
/// Not found, for who has none; or the database's.
pub async fn begin_proving(db: &Db, site: &Site, session: &Session, user: UserId) -> Result<Uuid> {
    let mut tx = db.account(user, RequestId::new()).await?;
    let known: Vec<Passkey> = kept(tx.conn(), user).await?.into_iter().map(|(_, passkey)| passkey).collect();
    if known.is_empty() {
        return Err(Error::NotFound);
    }
    let (options, state) = site.0.start_passkey_authentication(&known).map_err(failed)?;
    let ceremony = Ceremony { options: serde_json::to_value(options).map_err(failed)?, asked: Asked::Prove(state) };
    let id = begin(db, tx.conn(), session, user, &ceremony).await?;
    tx.commit().await?;
    Ok(id)
}

/// What a page gives to the browser for a ceremony of this session, as JSON; nothing once it is over.
///
/// # Errors
/// The database's.
pub async fn options(db: &Db, session: &Session, user: UserId, id: Uuid) -> Result<Option<String>> {
    let Some(session) = session.id() else { return Ok(None) };
    let mut tx = db.account(user, RequestId::new()).await?;
    let sealed = sqlx::query_scalar!(
        "select sealed from auth.ceremony where id = $1 and user_id = $2 and session_hash = $3 and expires_at > now()",
        id,
        user.0,
        &id_hash(session)[..]
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(sealed) = sealed else { return Ok(None) };
    let key = db.data_key(tx.conn(), user.into()).await?;
    Ok(key.and_then(|key| opened(&key.open(&place(id), &sealed)?)).map(|ceremony| ceremony.options.to_string()))
}

fn opened(text: &[u8]) -> Option<Ceremony> {
    serde_json::from_slice(text).ok()
}

/// Takes a ceremony of this session: it is used once, whatever comes of it.
async fn take(db: &Db, conn: &mut PgConnection, session: &Session, user: UserId, id: Uuid) -> Result<Option<Asked>> {
    let session = session.id().ok_or(Error::SignedOut)?;
    let sealed = sqlx::query_scalar!(
        "delete from auth.ceremony where id = $1 and user_id = $2 and session_hash = $3 and expires_at > now() returning sealed",
        id,
        user.0,
        &id_hash(session)[..]
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(sealed) = sealed else { return Ok(None) };
    let key = db.data_key(conn, user.into()).await?;
    Ok(key.and_then(|key| opened(&key.open(&place(id), &sealed)?)).map(|ceremony| ceremony.asked))
}

/// Adds the passkey that a browser has made. Every other session of the person ends, since it was begun with less. Answers recovery
/// codes, if there were none before.
///
/// # Errors
/// `passkey_refused`, a refused name, or the database's.
pub async fn add(
    db: &Db,
    site: &Site,
    session: &Session,
    facts: &RequestFacts,
    who: Fresh,
    made: &Answer<'_>,
    name: &str,
) -> Result<Option<Codes>> {
    let user = who.user();
    let name = text::line(name, 1, 60).map_err(|fault| Error::field("name", fault))?;
    let refused = || Error::Rule("passkey_refused");
    let credential: RegisterPublicKeyCredential = serde_json::from_str(made.credential).map_err(|_| refused())?;
    let mut change = Change::begin(db, facts, user).await?;
    let Some(Asked::Make(state)) = take(db, change.conn(), session, user, made.ceremony).await? else { return Err(refused()) };
    let passkey = site.0.finish_passkey_registration(&credential, &state).map_err(|error| {
        tracing::info!(%error, "a passkey was refused");
        refused()
    })?;
    sqlx::query!(
        "insert into auth.passkey (id, user_id, credential_id, credential, name) values ($1, $2, $3, $4, $5)",
        Uuid::now_v7(),
        user.0,
        passkey.cred_id().as_slice(),
        serde_json::to_value(&passkey).map_err(failed)?,
        name
    )
    .execute(change.conn())
    .await
    .map_err(|error| Error::on_duplicate(error, refused()))?;
    factor_change::added(db, session, change, user, "passkey").await
}

/// What a browser answered to a ceremony.
#[derive(Clone, Copy)]
pub struct Answer<'a> {
    /// Which one.
    pub ceremony: Uuid,
    /// The credential, as JSON.
    pub credential: &'a str,
}

/// Whether a browser has proven its person by a passkey of theirs.
pub(super) async fn accept(db: &Db, site: &Site, session: &Session, user: UserId, shown: &Answer<'_>) -> Result<bool> {
    let Ok(credential) = serde_json::from_str::<PublicKeyCredential>(shown.credential) else { return Ok(false) };
    let mut tx = db.account(user, RequestId::new()).await?;
    let taken = take(db, tx.conn(), session, user, shown.ceremony).await?;
    let Some(Asked::Prove(state)) = taken else {
        tx.commit().await?;
        return Ok(false);
    };
    let outcome = site.0.finish_passkey_authentication(&credential, &state);
    if let Ok(result) = &outcome {
        for (id, mut passkey) in kept(tx.conn(), user).await? {
            // none of another credential; some, whether counter or backup state moved
            if passkey.update_credential(result).is_some() {
                let json = serde_json::to_value(&passkey).map_err(failed)?;
                sqlx::query!("update auth.passkey set credential = $2, last_used_at = now() where id = $1", id, json)
                    .execute(tx.conn())
                    .await?;
            }
        }
    }
    // the challenge is used up, whatever came of it
    tx.commit_to_disk(db).await?;
    match outcome {
        Ok(result) => Ok(result.user_verified()),
        Err(error) => {
            tracing::info!(%error, "a passkey was refused");
            Ok(false)
        }
    }
}

/// Takes a passkey off.
///
/// # Errors
/// Not found; `factor_demanded` where a role demands a factor and there is no other; or the database's.
pub async fn remove(db: &Db, session: &Session, facts: &RequestFacts, who: Fresh, id: Uuid) -> Result<()> {
    let mut change = Change::begin(db, facts, who.user()).await?;
    sessions::take_turns(change.conn(), who.user()).await?;
    let done = sqlx::query!("delete from auth.passkey where id = $1 and user_id = $2", id, who.user().0).execute(change.conn()).await?;
    if done.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    factor_change::removed(db, session, change, who.user(), "passkey").await
}
