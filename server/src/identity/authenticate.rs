//! From a cookie or a token to an [`Actor`], in one round trip.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use uuid::Uuid;

use crate::access::{Actor, ActorKind, Assignment, Impersonator, Role, Standing, TokenLimits, TokenScope};
use crate::db::{Db, Why};
use crate::kernel::calendar::zone_of;
use crate::kernel::crypto::sha256;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{JobId, MembershipId, ProgrammeId, ProjectId, ProviderId, SupportVisitId, TenantId, TokenId, UserId};

/// A person who is signed in, or half so.
#[derive(Clone, Debug)]
pub enum SignedIn {
    /// Password and, where demanded, second factor are done.
    Fully(Actor),
    /// The second factor is still owed.
    CodeOwed(UserId),
    /// A role demands a second factor and there is none yet: nothing is open but the page where one is set up.
    FactorOwed(Actor),
    /// The organisation that was asked for is open only to who signed in by its own provider. Everything else is open.
    ProviderOwed(Actor, ProviderId),
}

impl SignedIn {
    /// The person, once the password and any second factor that they have were given.
    #[must_use]
    pub fn actor(&self) -> Option<&Actor> {
        match self {
            Self::Fully(actor) | Self::FactorOwed(actor) | Self::ProviderOwed(actor, _) => Some(actor),
            Self::CodeOwed(_) => None,
        }
    }

    /// The account, however far its person has come.
    #[must_use]
    pub fn account(&self) -> Option<UserId> {
        match self {
            Self::CodeOwed(user) => Some(*user),
            others => others.actor()?.user(),
        }
    }
}

struct Row {
    user_id: Option<Uuid>,
    email: Option<String>,
    name: Option<String>,
    locale: Option<String>,
    is_super_admin: Option<bool>,
    has_second_factor: Option<bool>,
    session_kind: Option<String>,
    impersonator_id: Option<Uuid>,
    mfa_at: Option<DateTime<Utc>>,
    tenant_id: Option<Uuid>,
    slug: Option<String>,
    tenant_name: Option<String>,
    self_verify_allowed: Option<bool>,
    demo: Option<bool>,
    membership_id: Option<Uuid>,
    roles: Option<Vec<String>>,
    assignments: Option<Vec<String>>,
    owes_factor: Option<bool>,
    fresh: Option<bool>,
    needs_factor: Option<bool>,
    provider_owed: Option<Uuid>,
    other_slugs: Option<Vec<String>>,
    other_names: Option<Vec<String>>,
    token_scopes: Option<Vec<String>>,
    token_projects: Option<Vec<Uuid>>,
    provider_generation: Option<Uuid>,
    impersonator_name: Option<String>,
    session_until: Option<DateTime<Utc>>,
    programmes: Option<Vec<Uuid>>,
    timezone: Option<String>,
    session_id: Option<Uuid>,
}

/// Asks one of the gate's functions what somebody is.
macro_rules! standing_of {
    ($function:literal, $($value:expr),+) => {
        sqlx::query_as!(
            Row,
            "select user_id, email, name, locale, is_super_admin, has_second_factor, session_kind, impersonator_id, mfa_at,
               tenant_id, slug, tenant_name, self_verify_allowed, demo, membership_id, roles, assignments,
               owes_factor, fresh, needs_factor, provider_owed, other_slugs, other_names, token_scopes, token_projects,
               provider_generation, impersonator_name, session_until, session_id, programmes, timezone from " + $function,
            $($value),+
        )
    };
}

/// Whose cookie this is, and what they are in the organisation of that slug (empty: none asked for).
/// The second value is the language that the person chose.
///
/// # Errors
/// The database's.
pub async fn by_session(db: &Db, session: &[u8], slug: &str) -> Result<Option<(SignedIn, String)>> {
    let row = standing_of!("gate.authenticate($1, $2)", &sha256(session)[..], slug).fetch_optional(db.gate()).await?;
    Ok(row.and_then(|row| {
        let locale = row.locale.clone().unwrap_or_default();
        let user = UserId(row.user_id?);
        let kind = match row.session_kind.as_deref() {
            Some("session") => ActorKind::Session,
            Some("impersonation") => ActorKind::Impersonation(Impersonator {
                user: UserId(row.impersonator_id?),
                name: row.impersonator_name.clone()?,
                until: row.session_until?,
                visit: SupportVisitId(row.session_id?),
            }),
            Some("pending") => return Some((SignedIn::CodeOwed(user), locale)),
            _ => return None,
        };
        let owes_factor = row.owes_factor.unwrap_or(true);
        let provider = row.provider_owed.map(ProviderId);
        let actor = actor(row, kind)?;
        let who = match (owes_factor, provider) {
            (true, _) => SignedIn::FactorOwed(actor),
            (false, Some(provider)) => SignedIn::ProviderOwed(actor, provider),
            (false, None) => SignedIn::Fully(actor),
        };
        Some((who, locale))
    }))
}

/// Whether the owner of a token has what is demanded of their roles, by Kipimo or by the organisation. Who came to rule an organisation and has
/// no second factor yet may do nothing in a browser, and neither may a token that they made before. What the database demands has the roles
/// that Kipimo names in it already: they are asked here once more.
fn owes_nothing(row: &Row) -> bool {
    let roles = Role::parse_all(row.roles.as_deref().unwrap_or_default());
    let is_demanded = row.needs_factor.unwrap_or(true) || roles.iter().any(|role| role.needs_second_factor());
    row.has_second_factor.unwrap_or(false) || !is_demanded
}

/// Whose API token this is.
///
/// # Errors
/// The database's.
pub async fn by_token(db: &Db, token: &str) -> Result<Option<Actor>> {
    let row = standing_of!("gate.authenticate_token($1)", &sha256(token.as_bytes())[..]).fetch_optional(db.gate()).await?;
    Ok(row.filter(owes_nothing).and_then(|row| actor(row, ActorKind::Token)))
}

/// An API token, as the signed token that stands for it names it.
#[derive(Clone, Debug)]
pub struct Named {
    /// Its organisation.
    pub tenant: TenantId,
    /// Its id.
    pub id: TokenId,
    /// Its owner.
    pub user: UserId,
    /// Its scopes.
    pub scopes: Vec<String>,
}

/// The id of an API token, with its organisation, owner and scopes, while it lives.
///
/// # Errors
/// The database's.
pub async fn token_named(db: &Db, token: &str) -> Result<Option<Named>> {
    Ok(sqlx::query_as!(
        Named,
        r#"select tenant_id as "tenant!: TenantId", id as "id!: TokenId", user_id as "user!: UserId", scopes as "scopes!" from gate.token_named($1)"#,
        &sha256(token.as_bytes())[..]
    )
    .fetch_optional(db.gate())
    .await?)
}

/// Whose API token a signed token stands for.
///
/// # Errors
/// The database's.
pub async fn by_token_id(db: &Db, tenant: TenantId, token: TokenId) -> Result<Option<Actor>> {
    let row = standing_of!("gate.authenticate_token_id($1, $2)", tenant.0, token.0).fetch_optional(db.gate()).await?;
    Ok(row.filter(owes_nothing).and_then(|row| actor(row, ActorKind::Token)))
}

/// Who asked for a background job, with the rights that they have now: for the worker that holds it, which its lease proves. None where they
/// may not sign in to the organisation any more, or have changed how their account is reached.
///
/// # Errors
/// The database's.
pub async fn by_job(db: &Db, tenant: TenantId, job: JobId, lease: Uuid) -> Result<Option<Actor>> {
    let mut tx = db.system(Why::Jobs).await?;
    let row = standing_of!("gate.standing_of_job($1, $2, $3)", tenant.0, job.0, lease).fetch_optional(tx.conn()).await?;
    tx.commit().await?;
    Ok(row.and_then(|row| actor(row, ActorKind::Job(job))))
}

/// The actor of a person by address, for the command line of a development server: asked of the owner's connection,
/// which the server does not have.
///
/// # Errors
/// Not found, or the database's.
pub async fn on_command_line(owner: &mut sqlx::PgConnection, email: &str) -> Result<Actor> {
    let row = standing_of!("gate.standing_of($1)", email).fetch_optional(owner).await?;
    row.and_then(|row| actor(row, ActorKind::Session)).ok_or(Error::NotFound)
}

fn actor(row: Row, kind: ActorKind) -> Option<Actor> {
    // who is told nothing of programmes is not told that they are kept to none
    let standing = row.tenant_id.zip(row.programmes).map(|(tenant, programmes)| Standing {
        tenant: TenantId(tenant),
        slug: row.slug.unwrap_or_default(),
        tenant_name: row.tenant_name.unwrap_or_default(),
        self_verify_allowed: row.self_verify_allowed.unwrap_or(false),
        zone: row.timezone.map_or(Tz::UTC, |name| zone_of(&name)),
        demo: row.demo.unwrap_or(false),
        needs_factor: row.needs_factor.unwrap_or(true),
        membership: MembershipId(row.membership_id.unwrap_or_default()),
        roles: Role::parse_all(&row.roles.unwrap_or_default()),
        others: row.other_slugs.unwrap_or_default().into_iter().zip(row.other_names.unwrap_or_default()).collect(),
        programmes: programmes.into_iter().map(ProgrammeId).collect(),
        assignments: row.assignments.iter().flatten().filter_map(|text| Assignment::parse(text)).collect(),
    });
    let limits = row.token_scopes.map(|scopes| TokenLimits {
        scopes: scopes.iter().filter_map(|scope| TokenScope::parse(scope)).collect(),
        projects: row.token_projects.unwrap_or_default().into_iter().map(ProjectId).collect(),
    });
    Some(Actor {
        kind,
        limits,
        user: Some(UserId(row.user_id?)),
        name: row.name.unwrap_or_default(),
        email: row.email.unwrap_or_default(),
        super_admin: row.is_super_admin.unwrap_or(false),
        second_factor_at: row.mfa_at,
        provider_generation: row.provider_generation,
        fresh: row.fresh.unwrap_or(false),
        tenant: standing.as_ref().map(|s| s.tenant),
        standing,
    })
}
