//! Invitations: a link by mail, once and for seven days, by which somebody joins an organisation.

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use crate::access::{Actor, Can, Cx, RequestFacts, Role};
use crate::audit::Event;
use crate::db::{Db, Why};
use crate::identity::breaches::Breaches;
use crate::identity::{limits, password_rules, passwords, secrets};
use crate::kernel::error::{Error, Fault, Invalid, Result};
use crate::kernel::ids::{InvitationId, MembershipId, ProgrammeId, UserId};
use crate::kernel::text::{self, Email, Locale};
use crate::mail::{Kind, Letter, post_for_organisation};
use crate::tenancy::{plan, programmes};

/// The roles that an invitation may bring. Those that rule an organisation or its confidential cases need a second person.
pub const ROLES: [Role; 4] = [Role::ProjectManager, Role::MealOfficer, Role::FieldOfficer, Role::Viewer];

/// Addresses that are invited at once.
const MOST_AT_ONCE: usize = 50;

/// An invitation that nobody has taken up yet.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// To whom.
    pub email: String,
    /// Which roles it brings.
    pub roles: Vec<Role>,
    /// What it keeps to; empty for the whole organisation.
    pub programmes: Vec<ProgrammeId>,
    /// Until when it can be taken up.
    pub expires: DateTime<Utc>,
    /// Whether that is over.
    pub expired: bool,
    /// Until when it waits for an administrator to approve it; none where it needs nobody's approval, or has it.
    pub held: Option<DateTime<Utc>>,
}

/// The invitations that wait, the newest first.
///
/// # Errors
/// Refusal, or the database's.
pub async fn open(cx: &Cx) -> Result<Vec<Invitation>> {
    let mut r = cx.read(Can::Invite).await?;
    let rows = sqlx::query!(
        r#"select id as "id: InvitationId", email, roles, programme_ids, expires_at, expires_at <= now() as "expired!",
             case when 'tenant_admin' = any (roles) and (approved_by is null or not exists (
               select from app.membership m where m.user_id = approved_by and 'tenant_admin' = any (m.roles) and m.accepted_at is not null and m.revoked_at is null))
               then coalesce(holds_until, created_at + interval '72 hours') end as held
           from app.invitation
           where accepted_at is null and revoked_at is null and created_at > now() - interval '30 days'
           order by created_at desc limit 200"#
    )
    .fetch_all(r.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Invitation {
            id: row.id,
            email: row.email,
            roles: Role::parse_all(&row.roles),
            programmes: row.programme_ids.into_iter().map(ProgrammeId).collect(),
            expires: row.expires_at,
            expired: row.expired,
            held: row.held.filter(|until| *until > Utc::now()),
        })
        .collect())
}

/// What an invitation brings.
#[derive(Clone, Copy, Debug)]
pub struct Brings<'a> {
    /// The roles.
    pub roles: &'a [Role],
    /// The programmes that they are kept to; empty for the whole organisation.
    pub programmes: &'a [ProgrammeId],
    /// The language of the letter.
    pub locale: Locale,
}

/// Invites everybody whose address stands in a text, one a line or between commas, and answers who could not be invited, and why.
/// An earlier invitation to the same address no longer works.
///
/// # Errors
/// Refusal, refused fields, limited, or the database's.
pub async fn invite_all(cx: &Cx, text: &str, brings: Brings<'_>) -> Result<Vec<(String, Fault)>> {
    cx.admit(Can::Invite).await?;
    let mut lines: Vec<&str> = text.split(['\n', ',', ';']).map(str::trim).filter(|line| !line.is_empty()).collect();
    let mut seen = std::collections::HashSet::new();
    lines.retain(|line| seen.insert(line.to_lowercase()));
    let mut invalid = Invalid::default();
    if lines.is_empty() {
        invalid.note("emails", "required");
    }
    if lines.len() > MOST_AT_ONCE {
        invalid.note("emails", "too_many");
    }
    if brings.roles.is_empty() {
        invalid.note("roles", "required");
    }
    if brings.roles.iter().any(|role| !ROLES.contains(role)) {
        invalid.note("roles", "not_a_choice");
    }
    invalid.check()?;
    let mut left = Vec::new();
    for line in lines {
        match invite(cx, line, brings).await {
            Ok(_) => {}
            // of the address alone: what is wrong for everybody is said once, and nobody was invited
            Err(Error::Invalid(invalid)) if !invalid.0.contains_key("programmes") => {
                left.push((line.to_owned(), invalid.0.into_values().next().unwrap_or("not_an_email")));
            }
            // who is limited keeps what was not sent yet, and is told so
            Err(Error::Limited(_)) => left.push((line.to_owned(), "wait")),
            Err(error) => return Err(error),
        }
    }
    Ok(left)
}

async fn invite(cx: &Cx, email: &str, brings: Brings<'_>) -> Result<InvitationId> {
    // every limit is asked before a door is opened: who holds a connection waits for no second one
    cx.admit(Can::Invite).await?;
    limits::hit(cx.db(), limits::INVITATIONS, &cx.user()?.to_string()).await?;
    let mut w = cx.write(Can::Invite).await?;
    let email = Email::parse(email).map_err(|fault| Error::field("emails", fault))?;
    let roles = Role::texts(brings.roles);
    let programmes = programmes::known(w.conn(), brings.programmes).await?;
    let member = sqlx::query_scalar!(
        r#"select exists(select from app.membership m join gate.people() p on p.id = m.user_id
           where p.email = $1 and m.revoked_at is null and m.accepted_at is not null) as "yes!""#,
        email.as_str()
    )
    .fetch_one(w.conn())
    .await?;
    if member {
        return Err(Error::field("emails", "already_member"));
    }
    let (id, secret) = (InvitationId::new(), secrets::fresh()?);
    sqlx::query!(
        "update app.invitation set revoked_at = now() where email = $1 and accepted_at is null and revoked_at is null",
        email.as_str()
    )
    .execute(w.conn())
    .await?;
    plan::expect_room(w.conn(), plan::Of::Members).await.map_err(|error| match error {
        Error::Rule(rule) => Error::field("emails", rule),
        other => other,
    })?;
    sqlx::query!(
        "insert into app.invitation (id, email, roles, secret_hash, programme_ids) values ($1, $2, $3, $4, $5)",
        id.0,
        email.as_str(),
        &roles,
        &secrets::hash(&secret)[..],
        &programmes
    )
    .execute(w.conn())
    .await
    .map_err(|error| Error::or_duplicate(error, "emails"))?;
    let letter = Letter {
        kind: Kind::Invitation,
        to: email.as_str().to_owned(),
        name: String::new(),
        locale: brings.locale,
        path: format!("/invite#{}", secret.expose_secret()),
        organisation: cx.standing()?.tenant_name.clone(),
        device: String::new(),
        at: String::new(),
        about: String::new(),
    };
    let tenant = cx.standing()?.tenant;
    post_for_organisation(cx.db(), w.conn(), tenant, &letter).await?;
    w.commit(Event::InvitationSent(id)).await?;
    Ok(id)
}

/// Takes an invitation back.
///
/// # Errors
/// Refusal, not found (also once it was taken up), or the database's.
pub async fn revoke(cx: &Cx, id: InvitationId) -> Result<()> {
    let mut w = cx.write(Can::Invite).await?;
    let done =
        sqlx::query!("update app.invitation set revoked_at = now() where id = $1 and accepted_at is null and revoked_at is null", id.0)
            .execute(w.conn())
            .await?;
    if done.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    w.commit(Event::InvitationRevoked(id)).await
}

/// Approves that somebody whom the platform's operators invited rules the organisation too: they need not wait then.
///
/// # Errors
/// Refusal, not found (also where it waits for nobody), or the database's.
pub async fn approve(cx: &Cx, id: InvitationId) -> Result<()> {
    let mut w = cx.write(Can::ApproveAdministrator).await?;
    let done = sqlx::query_scalar!(r#"select gate.approve_administrator($1) as "done!""#, id.0).fetch_one(w.conn()).await?;
    if !done {
        return Err(Error::NotFound);
    }
    w.commit(Event::InvitationApproved(id)).await
}

struct Offer {
    email: String,
    organisation: String,
    slug: String,
    account: Option<Uuid>,
}

/// Unknown, used, revoked and expired are one answer.
async fn offer(db: &Db, facts: &RequestFacts, secret: &SecretString) -> Result<Offer> {
    limits::hit(db, limits::NETWORK, &limits::network_of(facts.ip)).await?;
    sqlx::query_as!(
        Offer,
        r#"select email as "email!", organisation as "organisation!", slug as "slug!", account from gate.invitation($1)"#,
        &secrets::hash(secret)[..]
    )
    .fetch_optional(db.gate())
    .await?
    .ok_or(Error::Rule("link_dead"))
}

/// Joins with an account that is made here, for an address that has none; who has one signs in first.
///
/// # Errors
/// `link_dead`; `has_account`; `not_approved_yet`; refused fields; limited, busy, or the database's.
pub async fn join(
    db: &Db,
    facts: &RequestFacts,
    secret: &SecretString,
    name: &str,
    password: SecretString,
    locale: Locale,
    breaches: &Breaches,
) -> Result<()> {
    let offer = offer(db, facts, secret).await?;
    if offer.account.is_some() {
        return Err(Error::Rule("has_account"));
    }
    let mut invalid = Invalid::default();
    let name = invalid.keep("name", text::line(name, 1, 120));
    let words = ["Kipimo".to_owned(), offer.email, offer.organisation, name.clone().unwrap_or_default()];
    invalid.keep("new_password", password_rules::judge(password.expose_secret(), &words, false, breaches));
    invalid.check()?;
    let hash = passwords::hash(password).await?;
    let mut tx = db.system(Why::SignIn).await?;
    let joined = sqlx::query_scalar!(
        "select gate.accept_invitation($1, $2, $3, $4, $5, $6, $7, $8)",
        &secrets::hash(secret)[..],
        UserId::new().0,
        name.unwrap_or_default(),
        locale.as_str(),
        hash,
        MembershipId::new().0,
        facts.id.0,
        facts.agent
    )
    .fetch_one(tx.conn())
    .await
    // another invitation to the same address was faster
    .map_err(|error| Error::on_duplicate(error, Error::Rule("has_account")))?;
    joined.ok_or(Error::Rule("link_dead"))?;
    tx.commit().await
}

/// Joins with the account that is signed in, which must be that of the invitation's address. Answers the organisation's slug.
///
/// # Errors
/// `link_dead`; `for_another`; `not_approved_yet`; limited, or the database's.
pub async fn join_as(db: &Db, facts: &RequestFacts, actor: &Actor, secret: &SecretString) -> Result<String> {
    let user = actor.user().ok_or(Error::SignedOut)?;
    let offer = offer(db, facts, secret).await?;
    if offer.account != Some(user.0) {
        return Err(Error::Rule("for_another"));
    }
    let mut tx = db.account(user, facts.id).await?;
    let joined = sqlx::query_scalar!(
        "select gate.accept_invitation($1, $2, null, null, null, $3, $4, $5)",
        &secrets::hash(secret)[..],
        user.0,
        MembershipId::new().0,
        facts.id.0,
        facts.agent
    )
    .fetch_one(tx.conn())
    .await?;
    joined.ok_or(Error::Rule("link_dead"))?;
    tx.commit_to_disk(db).await?;
    Ok(offer.slug)
}
