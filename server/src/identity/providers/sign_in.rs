//! There and back: what a browser carries to a provider's answer, and who is let in by it.

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tower_sessions::Session;
use uuid::Uuid;

use super::Providers;
use super::protocol::{Expected, Registration, Vouched};
use crate::access::RequestFacts;
use crate::db::{Db, Why};
use crate::identity::device::Device;
use crate::identity::events::{AccountEvent, Change};
use crate::identity::limits;
use crate::identity::sessions::ByProvider;
use crate::identity::sign_in::{self, Next};
use crate::kernel::crypto::{Place, same};
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{MembershipId, ProviderId, TenantId, UserId};
use crate::kernel::text::{self, Email, Locale};

/// The cookie that binds an attempt to the browser that began it.
pub const COOKIE: &str = "provider";
/// How long somebody may take at their provider.
pub const ATTEMPT_SECONDS: u32 = 600;
/// How far the clocks may differ when a provider says when somebody proved themselves, in seconds.
const CLOCKS: i64 = 60;
/// Letters of the page that somebody wanted to see.
const MOST_OF_NEXT: usize = 1_000;

/// What somebody wants of a provider.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// The provider.
    pub provider: ProviderId,
    /// The page to see afterwards.
    pub next: &'a str,
    /// Whether they prove themselves anew, signed in there or not.
    pub again: bool,
}

/// What is remembered until the provider's answer comes: in the browser, sealed.
#[derive(Serialize, Deserialize)]
struct Attempt {
    provider: Uuid,
    generation: Uuid,
    #[serde(serialize_with = "exposed")]
    state: SecretString,
    #[serde(serialize_with = "exposed")]
    nonce: SecretString,
    #[serde(serialize_with = "exposed")]
    verifier: SecretString,
    next: String,
    again: bool,
    begun: DateTime<Utc>,
}

/// For the sealed cookie alone.
fn exposed<S: serde::Serializer>(secret: &SecretString, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(secret.expose_secret())
}

/// What a provider sends back with a browser.
#[derive(Default, Deserialize)]
pub struct Arrival {
    /// What the person stands for, once.
    #[serde(default)]
    pub code: SecretString,
    /// What must be the attempt's.
    #[serde(default)]
    pub state: SecretString,
    /// Who answers (RFC 9207).
    pub iss: Option<String>,
    /// Why there is no code.
    pub error: Option<String>,
}

/// The provider for an address, if its domain has one.
///
/// # Errors
/// Refused field; limited, or the database's.
pub async fn of_address(db: &Db, facts: &RequestFacts, email: &str) -> Result<Option<ProviderId>> {
    limits::hit(db, limits::NETWORK, &limits::network_of(facts.ip)).await?;
    let email = Email::parse(email).map_err(|fault| Error::field("email", fault))?;
    of_domain(db, email.as_str()).await
}

pub(crate) async fn of_domain(db: &Db, email: &str) -> Result<Option<ProviderId>> {
    let domain = email.rsplit('@').next().unwrap_or_default();
    Ok(sqlx::query_scalar!(r#"select gate.provider_of_domain($1) as "id: ProviderId""#, domain).fetch_one(db.gate()).await?)
}

/// The organisation that a provider lets people into, by its name; none where there is no such provider.
///
/// # Errors
/// The database's.
pub async fn name(db: &Db, id: ProviderId) -> Result<Option<String>> {
    Ok(sqlx::query_scalar!(r#"select name as "name!" from gate.provider($1)"#, id.0).fetch_optional(db.gate()).await?)
}

/// The provider, while it is one.
async fn registration(db: &Db, id: ProviderId) -> Result<Registration> {
    let mut tx = db.system(Why::SignIn).await?;
    let row = sqlx::query!(
        r#"select tenant_id as "tenant!: TenantId", issuer as "issuer!", client_id as "client_id!", client_secret,
             groups_claim as "groups_claim!", generation as "generation!" from gate.provider($1)"#,
        id.0
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    let client_secret = match row.client_secret {
        None => None,
        Some(sealed) => {
            let key = db.data_key(tx.conn(), row.tenant.into()).await?;
            let plain =
                key.and_then(|key| key.open(&secret_place(row.tenant, id), &sealed)).and_then(|plain| String::from_utf8(plain).ok());
            Some(SecretString::from(plain.ok_or_else(|| Error::Internal("the secret of a provider does not open".into()))?))
        }
    };
    Ok(Registration {
        id,
        generation: row.generation,
        issuer: row.issuer,
        client_id: row.client_id,
        client_secret,
        groups_claim: row.groups_claim,
    })
}

/// Where the secret that a provider gave us is sealed.
pub(crate) fn secret_place(tenant: TenantId, id: ProviderId) -> Place {
    Place { tenant: tenant.0, table: "app.provider", column: "client_secret", row: id.0 }
}

/// Sends a browser to a provider: the address, and the cookie that binds the answer to it.
///
/// # Errors
/// Not found; `provider_unreachable`; limited, or the database's.
pub async fn begin(db: &Db, facts: &RequestFacts, providers: &Providers, wish: Wish<'_>) -> Result<(String, SecretString)> {
    limits::hit(db, limits::NETWORK, &limits::network_of(facts.ip)).await?;
    let registration = registration(db, wish.provider).await?;
    let departure = providers.depart(&registration, wish.again).await?;
    let attempt = Attempt {
        provider: wish.provider.0,
        generation: registration.generation,
        state: departure.state,
        nonce: departure.nonce,
        verifier: departure.verifier,
        next: if wish.next.len() > MOST_OF_NEXT { String::new() } else { wish.next.to_owned() },
        again: wish.again,
        begun: Utc::now(),
    };
    let text = serde_json::to_vec(&attempt).map_err(|error| Error::Internal(format!("attempt: {error}")))?;
    Ok((departure.to.into(), db.keys().seal_cookie(COOKIE, &text)?))
}

/// What somebody wanted of a provider, as their browser remembers it; nothing where that is too long ago, or not ours.
#[must_use]
pub fn wished(db: &Db, cookie: Option<&str>) -> Option<(ProviderId, String, bool)> {
    let attempt = attempt(db, cookie)?;
    Some((ProviderId(attempt.provider), attempt.next, attempt.again))
}

fn attempt(db: &Db, cookie: Option<&str>) -> Option<Attempt> {
    let plain = db.keys().open_cookie(COOKIE, cookie?)?;
    let attempt: Attempt = serde_json::from_slice(&plain).ok()?;
    (Utc::now() - attempt.begun < TimeDelta::seconds(i64::from(ATTEMPT_SECONDS))).then_some(attempt)
}

/// Lets the person of a provider's answer in, as far as a password would; answers the page that they wanted to see too.
///
/// # Errors
/// `provider_expired` where this browser began no such attempt; `provider_refused` where the person did not come through; what the
/// provider said and was not believed; whom it may not speak for; limited, or the database's.
pub async fn finish(
    db: &Db,
    session: &Session,
    facts: &RequestFacts,
    device: &Device,
    providers: &Providers,
    cookie: Option<&str>,
    (at, arrival): (ProviderId, &Arrival),
) -> Result<(Next, String)> {
    limits::hit(db, limits::NETWORK, &limits::network_of(facts.ip)).await?;
    let attempt = attempt(db, cookie).ok_or(Error::Rule("provider_expired"))?;
    if attempt.provider != at.0 || !same(attempt.state.expose_secret().as_bytes(), arrival.state.expose_secret().as_bytes()) {
        return Err(Error::Rule("provider_expired"));
    }
    let provider = ProviderId(attempt.provider);
    let registration = registration(db, provider).await?;
    if registration.generation != attempt.generation {
        return Err(Error::Rule("provider_expired"));
    }
    if arrival.iss.as_ref().is_some_and(|iss| *iss != registration.issuer) {
        return Err(Error::Rule("provider_not_believed"));
    }
    if arrival.error.is_some() || arrival.code.expose_secret().is_empty() {
        return Err(Error::Rule("provider_refused"));
    }
    let proven_since = attempt.again.then(|| attempt.begun - TimeDelta::seconds(CLOCKS));
    let expected = Expected { nonce: &attempt.nonce, verifier: &attempt.verifier, proven_since };
    let who = providers.arrive(&registration, &arrival.code, expected).await?;
    let by = ByProvider { id: provider.0, generation: registration.generation };
    let user = admit(db, facts, by, &who).await?;
    let next = sign_in::by_provider(db, session, facts, device, user, (by, attempt.again)).await?;
    Ok((next, attempt.next))
}

/// The account of who was vouched for, made where there is none.
async fn admit(db: &Db, facts: &RequestFacts, by: ByProvider, who: &Vouched) -> Result<UserId> {
    let email = Email::parse(&who.email).map_err(|_| Error::Rule("provider_email"))?;
    let subject = text::line(&who.subject, 1, 255).map_err(|_| Error::Rule("provider_not_believed"))?;
    // a name is the person's to set right later: what is none is made of the address
    let name = text::line(&who.name, 1, 120).unwrap_or_else(|_| email.as_str().split('@').next().unwrap_or_default().to_owned());
    let locale = who.locale.as_deref().and_then(Locale::negotiate).unwrap_or(Locale::En);
    let mut tx = db.system(Why::SignIn).await?;
    let row = sqlx::query!(
        r#"select user_id as "user: UserId", refused, linked as "linked!" from gate.admit_by_provider($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"#,
        by.id,
        by.generation,
        subject,
        email.as_str(),
        &db.keys().mark_of_address(email.as_str())[..],
        name,
        locale.as_str(),
        who.groups.as_deref(),
        UserId::new().0,
        Uuid::now_v7(),
        MembershipId::new().0,
        facts.id.0,
        facts.agent
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    tx.commit_to_disk(db).await?;
    match (row.refused.as_deref(), row.user) {
        (None, Some(user)) => {
            if row.linked {
                Change::begin(db, facts, user).await?.commit(&AccountEvent::ProviderLinked).await?;
            }
            Ok(user)
        }
        (Some("let_go"), _) => Err(Error::Rule("provider_let_go")),
        (Some("again"), _) => Err(Error::Rule("provider_address_taken")),
        (Some("closed"), _) => Err(Error::Rule("provider_closed")),
        _ => Err(Error::Rule("provider_domain")),
    }
}
