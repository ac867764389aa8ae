//! Signing in: a password, then a code where the role or the person demands one.

use secrecy::{ExposeSecret, SecretString};
use tower_sessions::Session;
use uuid::Uuid;

use super::device::Device;
use super::events::{AccountEvent, Change, record_nobodys};
use super::factors::Shown;
use super::letter_requests::{self, Wish};
use super::secrets::{self, Purpose};
use super::sessions::{ByProvider, Sway};
use super::{limits, password_rules, passwords, recovery_codes, sessions};
use crate::access::{RequestFacts, Role};
use crate::db::{Db, Why};
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{RequestId, UserId};
use crate::kernel::text::{Email, Locale};

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
    first_time: bool,
}

/// Checks e-mail and password. Unknown, disabled and wrong are one answer and take one time.
///
/// # Errors
/// Refused, limited or busy.
pub async fn with_password(
    db: &Db,
    session: &Session,
    facts: &RequestFacts,
    device: &Device,
    email: &str,
    password: SecretString,
    locale: Locale,
) -> Result<Next> {
    let typed = email.trim().to_lowercase();
    let network = limits::network_of(facts.ip);
    limits::hit(db, limits::NETWORK, &network).await?;
    let account = match Email::parse(&typed) {
        Ok(email) => find(db, By::Email(email.as_str())).await?,
        Err(_) => None,
    };
    // asked for accounts that there are not too, so that they take the same time
    let known = is_known(db, device, UserId(account.as_ref().map_or_else(Uuid::nil, |account| account.id))).await?;
    // a browser of the owner's counts for itself: neighbours behind the same address do not use its attempts up
    let pair = if known { format!("{typed} {}", device.name()) } else { format!("{typed} {network}") };
    limits::hit(db, limits::ACCOUNT_AND_NETWORK, &pair).await?;
    // somebody guesses at this account: nothing is said about any password to browsers that were never its owner's
    if !known && limits::is_reached(db, limits::ACCOUNT, &typed).await? {
        if let Ok(email) = Email::parse(&typed)
            && limits::hit(db, limits::DEVICE_LETTERS, &typed).await.is_ok()
        {
            letter_requests::note(db, facts, Wish::Device, email.as_str(), locale).await?;
        }
        refuse(db, facts, account.as_ref(), AccountEvent::SignInRefused("challenged")).await?;
        return Err(Error::Rule("challenged"));
    }
    let hash = account.as_ref().and_then(|account| account.password_hash.clone());
    // what is too long to be one is not hashed as it is, and takes the same time
    let too_long = password.expose_secret().chars().count() > password_rules::MAX;
    let (password, hash) = if too_long { (SecretString::default(), None) } else { (password, hash) };
    let right = passwords::verify(password, hash).await?;
    let Some(account) = account.as_ref().filter(|_| right) else {
        limits::count(db, limits::ACCOUNT, &typed).await?;
        refuse(db, facts, account.as_ref(), AccountEvent::SignInRefused("password")).await?;
        return Err(Error::SignInRefused);
    };
    limits::forgive(db, limits::ACCOUNT_AND_NETWORK, &pair).await?;
    after_first_factor(db, session, facts, device, account, None).await
}

/// Goes on for a person whom the provider of an organisation has vouched for, as if the password had been right.
///
/// # Errors
/// Refused for an account that is closed, or the database's.
pub(super) async fn by_provider(
    db: &Db,
    session: &Session,
    facts: &RequestFacts,
    device: &Device,
    user: UserId,
    (provider, again): (ByProvider, bool),
) -> Result<Next> {
    let account = find(db, By::Id(user)).await?.ok_or(Error::SignInRefused)?;
    after_first_factor(db, session, facts, device, &account, Some((provider, again))).await
}

/// To the second factor of who has one; in, for others.
async fn after_first_factor(
    db: &Db,
    session: &Session,
    facts: &RequestFacts,
    device: &Device,
    account: &Account,
    provider: Option<(ByProvider, bool)>,
) -> Result<Next> {
    let (provider, again) = (provider.map(|(provider, _)| provider), provider.is_none_or(|(_, again)| again));
    if !account.has_factor {
        return admit(db, session, facts, device, account, Proven { second_factor: false, provider, fresh: again }).await;
    }
    let mut owed = sessions::facts(UserId(account.id), account.generation, "pending", false, Sway::Organisation);
    owed.provider = provider;
    describe(db, &mut owed, facts).await?;
    sessions::start(session, &owed).await?;
    Ok(Next::Code)
}

/// What a person has shown.
struct Proven {
    second_factor: bool,
    /// Whether they have just done so. A provider may let somebody through who was signed in there for days.
    fresh: bool,
    /// The provider that stood for the password.
    provider: Option<ByProvider>,
}

/// Checks the second factor of a person whose password was right: a code of the authenticator, a passkey, or a recovery code. Each
/// is accepted once.
///
/// # Errors
/// Refused or limited.
pub async fn with_factor(
    db: &Db,
    session: &Session,
    facts: &RequestFacts,
    device: &Device,
    user: UserId,
    shown: Shown<'_>,
) -> Result<Next> {
    // who knows the password and guesses at codes must not keep its owner out
    let whose = if is_known(db, device, user).await? { format!("{user} {}", device.name()) } else { user.to_string() };
    limits::hit(db, limits::CODES, &whose).await?;
    let accepted = match shown {
        // an authenticator shows six digits, a recovery code has twenty-four letters and digits
        Shown::Code(code) if code.chars().filter(char::is_ascii_alphanumeric).count() > 6 => {
            let mut change = Change::begin(db, facts, user).await?;
            let was_one = recovery_codes::use_up(change.conn(), user, code).await?;
            if was_one {
                change.commit(&AccountEvent::RecoveryCodeUsed).await?;
            }
            was_one
        }
        other => other.proves(db, session, user).await?,
    };
    if !accepted {
        sessions::count_wrong_code(db, session).await?;
        Change::begin(db, facts, user).await?.commit(&AccountEvent::SignInRefused("code")).await?;
        return Err(Error::SignInRefused);
    }
    limits::forgive(db, limits::CODES, &whose).await?;
    let account = find(db, By::Id(user)).await?.ok_or(Error::SignInRefused)?;
    let provider = sessions::begun_by(db, session, user).await?;
    admit(db, session, facts, device, &account, Proven { second_factor: true, provider, fresh: true }).await
}

/// Writes a refused sign-in to the logs of its account, or to the platform's where there is none.
async fn refuse(db: &Db, facts: &RequestFacts, account: Option<&Account>, event: AccountEvent) -> Result<()> {
    match account {
        Some(account) => Change::begin(db, facts, UserId(account.id)).await?.commit(&event).await,
        None => record_nobodys(db, facts, &event).await,
    }
}

async fn is_known(db: &Db, device: &Device, user: UserId) -> Result<bool> {
    let mut tx = db.account(user, RequestId::new()).await?;
    device.is_of(tx.conn(), user).await
}

/// Lets a browser sign in to an account that is being guessed at, by the secret of a letter. It signs nobody in.
///
/// # Errors
/// `link_dead` for unknown, used and expired links alike; limited, or the database's.
pub async fn trust_device(db: &Db, facts: &RequestFacts, device: &Device, secret: &SecretString) -> Result<()> {
    limits::hit(db, limits::NETWORK, &limits::network_of(facts.ip)).await?;
    let user = secrets::owner(db, Purpose::Device, secret).await?.ok_or(Error::Rule("link_dead"))?;
    let mut change = Change::begin(db, facts, user).await?;
    secrets::use_up(change.conn(), user, Purpose::Device, secret).await?;
    device.remember(change.conn(), user).await?;
    change.commit(&AccountEvent::DeviceTrusted).await
}

/// Ends the session and says so in the log.
///
/// Whose it is, is asked by the row of its cookie and not by whether that lets anybody in: a session that goes on under another id in
/// this very moment, because its owner proves themselves in another window, is ended too.
///
/// # Errors
/// The database's.
pub async fn out(db: &Db, session: &Session, facts: &RequestFacts) -> Result<()> {
    let user = sessions::owner(db, session).await?;
    sessions::end(db, session, user).await?;
    match user {
        Some(user) => Change::begin(db, facts, user).await?.commit(&AccountEvent::SignedOut).await,
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
            let roles = Role::parse_all(&row.roles);
            (Organisation { slug: row.slug, name: row.name }, roles)
        })
        .collect())
}

/// How an account is found.
enum By<'a> {
    Email(&'a str),
    Id(UserId),
}

async fn find(db: &Db, by: By<'_>) -> Result<Option<Account>> {
    let (email, id) = match by {
        By::Email(email) => (Some(email), None),
        By::Id(user) => (None, Some(user.0)),
    };
    let mut tx = db.system(Why::SignIn).await?;
    Ok(sqlx::query_as!(
        Account,
        r#"select id, password_hash, generation, gate.has_factor(id) as "has_factor!", is_super_admin, last_login_at is null as "first_time!"
           from auth.user_account where (email = $1 or id = $2) and status = 'active'"#,
        email,
        id
    )
    .fetch_optional(tx.conn())
    .await?)
}

async fn admit(db: &Db, session: &Session, facts: &RequestFacts, device: &Device, account: &Account, proven: Proven) -> Result<Next> {
    let user = UserId(account.id);
    let memberships = memberships(db, user).await?;
    let rules = memberships.iter().any(|(_, roles)| roles.iter().any(|r| r.needs_second_factor()));
    let sway = if account.is_super_admin {
        Sway::Platform
    } else if rules {
        Sway::Organisation
    } else {
        Sway::None
    };
    let mut new = sessions::facts(user, account.generation, "session", proven.second_factor, sway);
    new.stepped_up = proven.fresh;
    new.provider = proven.provider;
    describe(db, &mut new, facts).await?;
    sessions::start(session, &new).await?;
    let mut change = Change::begin(db, facts, user).await?;
    sqlx::query!("update auth.user_account set last_login_at = now() where id = $1", user.0).execute(change.conn()).await?;
    let known = device.remember(change.conn(), user).await?;
    change.commit(&AccountEvent::SignedIn { new_device: !known && !account.first_time }).await?;
    Ok(Next::Home(memberships.into_iter().map(|(organisation, _)| organisation).collect()))
}

/// What the person's list of sessions will show: the browser, and the address, sealed with the person's key.
async fn describe(db: &Db, session: &mut sessions::Facts, facts: &RequestFacts) -> Result<()> {
    session.agent.clone_from(&facts.agent);
    let Some(ip) = facts.ip else { return Ok(()) };
    let mut tx = db.account(UserId(session.user), facts.id).await?;
    let key = db.data_key(tx.conn(), UserId(session.user).into()).await?;
    tx.commit().await?;
    let place = sessions::address_place(UserId(session.user));
    session.ip_sealed = key.map(|key| key.seal(&place, ip.to_canonical().to_string().as_bytes())).transpose()?;
    Ok(())
}
