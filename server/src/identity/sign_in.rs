//! Signing in: a password, then a code where the role or the person demands one.

use secrecy::SecretString;
use tower_sessions::Session;
use uuid::Uuid;

use super::{limits, passwords, sessions, totp};
use crate::access::{RequestFacts, Role};
use crate::db::{Db, KeyOwner, Why};
use crate::kernel::crypto::Place;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{TenantId, UserId};
use crate::kernel::text::Email;

/// What comes after the password.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// Into the only organisation, or to the choice of several.
    Home(Vec<Organisation>),
    /// To the page that asks for a code.
    Code,
}

/// An organisation that a person belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// Its name in addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
}

struct Account {
    id: Uuid,
    password_hash: Option<String>,
    generation: i32,
    has_factor: bool,
    is_super_admin: bool,
}

/// Checks e-mail and password. Unknown, disabled and wrong are one answer and take one time.
///
/// # Errors
/// Refused, limited or busy.
pub async fn with_password(db: &Db, session: &Session, facts: &RequestFacts, email: &str, password: SecretString) -> Result<Next> {
    let typed = email.trim().to_lowercase();
    let network = limits::network_of(facts.ip);
    limits::hit(db, limits::NETWORK, &network).await?;
    let pair = format!("{typed} {network}");
    limits::hit(db, limits::ACCOUNT_AND_NETWORK, &pair).await?;

    let account = match Email::parse(&typed) {
        Ok(email) => find(db, email.as_str()).await?,
        Err(_) => None,
    };
    let hash = account.as_ref().and_then(|account| account.password_hash.clone());
    let too_long = secrecy::ExposeSecret::expose_secret(&password).chars().count() > 128;
    let right = passwords::verify(password, hash).await? && !too_long;
    let Some(account) = account.as_ref().filter(|_| right) else {
        record(db, account.as_ref().map(|a| UserId(a.id)), facts, "session.refused", "denied", Some("password")).await?;
        return Err(Error::SignInRefused);
    };
    limits::forgive(db, limits::ACCOUNT_AND_NETWORK, &pair).await?;
    if account.has_factor {
        let mut owed = sessions::facts(UserId(account.id), account.generation, "pending", false, true);
        describe(db, &mut owed, facts).await?;
        sessions::start(session, &owed).await?;
        return Ok(Next::Code);
    }
    admit(db, session, facts, account, false).await
}

/// Checks the code of a person whose password was right. A code is accepted once.
///
/// # Errors
/// Refused or limited.
pub async fn with_code(db: &Db, session: &Session, facts: &RequestFacts, user: UserId, code: &str) -> Result<Next> {
    limits::hit(db, limits::CODES, &user.to_string()).await?;
    let mut tx = db.system(Why::SignIn).await?;
    let row = sqlx::query!(
        "select email, totp_secret, extract(epoch from clock_timestamp())::bigint as \"now!\" from auth.user_account where id = $1",
        user.0
    )
    .fetch_one(tx.conn())
    .await?;
    let key = db.data_key(tx.conn(), user.into()).await?;
    let secret = row.totp_secret.zip(key).and_then(|(sealed, key)| key.open(&totp::place(user), &sealed));
    let step = match secret {
        Some(secret) => totp::matching_step(&secret, code, u64::try_from(row.now).unwrap_or(0))?,
        None => None,
    };
    let accepted = match step {
        Some(step) => sqlx::query_scalar!(
            "update auth.user_account set totp_last_step = $2 where id = $1 and totp_last_step < $2 returning id",
            user.0,
            step
        )
        .fetch_optional(tx.conn())
        .await?
        .is_some(),
        None => false,
    };
    tx.commit().await?;
    if !accepted {
        sessions::count_wrong_code(db, session).await?;
        record(db, Some(user), facts, "session.refused", "denied", Some("code")).await?;
        return Err(Error::SignInRefused);
    }
    limits::forgive(db, limits::CODES, &user.to_string()).await?;
    let account = find(db, &row.email).await?.ok_or(Error::SignInRefused)?;
    admit(db, session, facts, &account, true).await
}

/// Ends the session and says so in the log.
///
/// # Errors
/// The database's.
pub async fn out(db: &Db, session: &Session, facts: &RequestFacts, user: Option<UserId>) -> Result<()> {
    sessions::end(session).await?;
    match user {
        Some(user) => record(db, Some(user), facts, "session.ended", "ok", None).await,
        None => Ok(()),
    }
}

/// The organisations that a person may enter.
///
/// # Errors
/// The database's.
pub async fn organisations(db: &Db, user: UserId) -> Result<Vec<Organisation>> {
    Ok(memberships(db, user).await?.into_iter().map(|(organisation, _)| organisation).collect())
}

async fn memberships(db: &Db, user: UserId) -> Result<Vec<(Organisation, Vec<Role>)>> {
    let mut tx = db.system(Why::SignIn).await?;
    let rows = sqlx::query!(r#"select slug as "slug!", name as "name!", roles as "roles!" from gate.organisations($1)"#, user.0)
        .fetch_all(tx.conn())
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let roles = row.roles.iter().filter_map(|role| Role::parse(role)).collect();
            (Organisation { slug: row.slug, name: row.name }, roles)
        })
        .collect())
}

async fn find(db: &Db, email: &str) -> Result<Option<Account>> {
    let mut tx = db.system(Why::SignIn).await?;
    Ok(sqlx::query_as!(
        Account,
        "select id, password_hash, generation, totp_confirmed_at is not null as \"has_factor!\", is_super_admin
         from auth.user_account where email = $1 and status = 'active'",
        email
    )
    .fetch_optional(tx.conn())
    .await?)
}

async fn admit(db: &Db, session: &Session, facts: &RequestFacts, account: &Account, second_factor: bool) -> Result<Next> {
    let user = UserId(account.id);
    let memberships = memberships(db, user).await?;
    let sensitive = account.is_super_admin || memberships.iter().any(|(_, roles)| roles.iter().any(|r| r.needs_second_factor()));
    let mut new = sessions::facts(user, account.generation, "session", second_factor, sensitive);
    describe(db, &mut new, facts).await?;
    sessions::start(session, &new).await?;
    let mut tx = db.system(Why::SignIn).await?;
    sqlx::query!("update auth.user_account set last_login_at = now() where id = $1", user.0).execute(tx.conn()).await?;
    tx.commit().await?;
    record(db, Some(user), facts, "session.started", "ok", None).await?;
    Ok(Next::Home(memberships.into_iter().map(|(organisation, _)| organisation).collect()))
}

/// What the person's list of sessions will show: the browser, and the address, sealed with the person's key.
async fn describe(db: &Db, session: &mut sessions::Facts, facts: &RequestFacts) -> Result<()> {
    session.agent.clone_from(&facts.agent);
    let Some(ip) = facts.ip else { return Ok(()) };
    let mut tx = db.system(Why::SignIn).await?;
    let key = db.data_key(tx.conn(), UserId(session.user).into()).await?;
    tx.commit().await?;
    let place = Place { tenant: Uuid::nil(), table: "auth.session", column: "ip_sealed", row: session.user };
    session.ip_sealed = key.map(|key| key.seal(&place, ip.to_canonical().to_string().as_bytes())).transpose()?;
    Ok(())
}

/// Writes a sign-in, good or bad, to the log of each organisation that the person belongs to; to the platform's own where
/// they belong to none, or are nobody.
async fn record(db: &Db, user: Option<UserId>, facts: &RequestFacts, action: &str, result: &str, reason: Option<&str>) -> Result<()> {
    let mut tx = db.system(Why::SignIn).await?;
    let chains = sqlx::query_scalar!(r#"select chain as "chain!" from gate.chains_of($1)"#, user.map(|u| u.0)).fetch_all(tx.conn()).await?;
    for chain in chains {
        let person = user.map_or(KeyOwner::PLATFORM, KeyOwner::from);
        let address = db.sealed_address(&mut tx, TenantId(chain), person, facts).await?;
        sqlx::query!(
            "select gate.record_sign_in($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            chain,
            user.map(|u| u.0),
            action,
            result,
            reason,
            facts.id.0,
            address.sealed,
            address.index,
            address.net_index,
            facts.agent
        )
        .execute(tx.conn())
        .await?;
    }
    tx.commit().await
}
