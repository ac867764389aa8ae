//! The keys that sign an organisation's reports: one in use, and those before it, whose public parts stay.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::access::{Can, Cx, Writer};
use crate::audit::Event;
use crate::db::Db;
use crate::kernel::crypto::{Place, PublicKey, SigningKey, base64url, random};
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{ReportKeyId, TenantId};

/// A key, as the organisation sees it.
#[derive(Clone, Debug)]
pub struct Key {
    /// Its fingerprint.
    pub kid: String,
    /// Since when it signs.
    pub created_at: DateTime<Utc>,
    /// Since when it signs no more.
    pub retired_at: Option<DateTime<Utc>>,
    /// Since when it may be in wrong hands.
    pub exposed_at: Option<DateTime<Utc>>,
    /// Published reports that it signed.
    pub reports: i64,
}

fn place(tenant: TenantId, key: ReportKeyId) -> Place {
    Place { tenant: tenant.0, table: "app.report_key", column: "sealed", row: key.0 }
}

fn tenant(cx: &Cx) -> Result<TenantId> {
    cx.actor().tenant.ok_or(Error::NotFound)
}

fn unusable() -> Error {
    Error::Internal("the key that signs reports does not open".into())
}

/// The key in use; none where nothing was published since signing began.
async fn in_use(conn: &mut PgConnection, db: &Db, tenant: TenantId) -> Result<Option<SigningKey>> {
    let row = sqlx::query!(r#"select id as "id: ReportKeyId", sealed from app.report_key where retired_at is null"#)
        .fetch_optional(&mut *conn)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let data = db.data_key(conn, tenant.into()).await?.ok_or_else(unusable)?;
    let seed = data.open(&place(tenant, row.id), &row.sealed).ok_or_else(unusable)?;
    SigningKey::of_seed(&seed).map(Some)
}

/// Makes a key, unless one is in use.
async fn make(conn: &mut PgConnection, db: &Db, tenant: TenantId) -> Result<Option<ReportKeyId>> {
    let (id, seed) = (ReportKeyId::new(), random::<32>()?);
    let key = SigningKey::of_seed(&seed)?;
    let data = db.data_key(&mut *conn, tenant.into()).await?.ok_or_else(unusable)?;
    let sealed = data.seal(&place(tenant, id), &seed)?;
    Ok(sqlx::query_scalar!(
        r#"insert into app.report_key (id, kid, public_key, sealed) values ($1, $2, $3, $4)
           on conflict (tenant_id) where retired_at is null do nothing returning id as "id: ReportKeyId""#,
        id.0,
        key.public().id(),
        &key.public().bytes()[..],
        sealed
    )
    .fetch_optional(conn)
    .await?)
}

/// The key in use, made with the first report that it signs. Of two first reports at a time one waits for the other's key.
pub(crate) async fn key_for_signing(w: &mut Writer) -> Result<SigningKey> {
    let (db, tenant) = (w.cx().db().clone(), tenant(w.cx())?);
    if let Some(key) = in_use(w.conn(), &db, tenant).await? {
        return Ok(key);
    }
    make(w.conn(), &db, tenant).await?;
    in_use(w.conn(), &db, tenant).await?.ok_or_else(unusable)
}

/// The key that seals files of published reports, for who may do `can`; none where nothing was published since signing began.
///
/// # Errors
/// Refusal, or the database's.
pub async fn signing_key(cx: &Cx, can: Can) -> Result<Option<SigningKey>> {
    // the key of the organisation's data is asked for by a statement that could make one: nothing of it is kept
    let mut w = cx.write(can).await?;
    let (db, tenant) = (cx.db().clone(), tenant(cx)?);
    in_use(w.conn(), &db, tenant).await
}

/// The keys of the organisation, the one in use first.
///
/// # Errors
/// Refusal, or the database's.
pub async fn of_organisation(cx: &Cx) -> Result<Vec<Key>> {
    let mut r = cx.read(Can::ReadSettings).await?;
    Ok(sqlx::query_as!(
        Key,
        r#"select k.kid, k.created_at, k.retired_at, k.exposed_at,
             (select count(*) from app.report_snapshot s where s.tenant_id = k.tenant_id and s.key_id = k.kid) as "reports!"
           from app.report_key k order by k.created_at desc"#
    )
    .fetch_all(r.conn())
    .await?)
}

/// Begins a new key. What older ones signed stays signed: their public parts are kept for ever. Where the one in use is `exposed`, i.e. may be
/// in wrong hands, it seals no file any more that is believed: nobody can tell whose seal that is.
///
/// # Errors
/// Refusal, stale where somebody else began one at the same time, or the database's.
pub async fn renew(cx: &Cx, exposed: bool) -> Result<()> {
    let mut w = cx.write(Can::SetSettings).await?;
    let (db, tenant) = (cx.db().clone(), tenant(cx)?);
    sqlx::query!(
        "update app.report_key set retired_at = now(), exposed_at = case when $1::boolean then now() end where retired_at is null",
        exposed
    )
    .execute(w.conn())
    .await?;
    let key = make(w.conn(), &db, tenant).await?.ok_or(Error::Stale)?;
    w.commit(Event::ReportKeyRenewed(key)).await
}

fn listed(key: &PublicKey, exposed: bool) -> Value {
    let mut listed = json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": key.id(), "x": base64url(key.bytes())});
    if exposed {
        listed["exposed"] = true.into();
    }
    listed
}

/// The public keys of all organisations, as a JWKS that names nobody. Of one that may be in wrong hands it says so.
///
/// # Errors
/// The database's.
pub async fn key_list(db: &Db) -> Result<Value> {
    let keys =
        sqlx::query!(r#"select public_key as "public_key!", exposed as "exposed!" from gate.report_keys()"#).fetch_all(db.gate()).await?;
    let keys: Vec<Value> = keys.iter().filter_map(|row| Some(listed(&PublicKey::of_bytes(&row.public_key)?, row.exposed))).collect();
    Ok(json!({"keys": keys}))
}
