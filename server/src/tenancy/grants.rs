//! Roles that take two people: one asks that somebody is to rule the organisation or its confidential cases, another one decides.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{members, tell};
use crate::access::{Can, Cx, Role, Writer};
use crate::audit::Event;
use crate::kernel::error::{Error, Fault, Invalid, Result};
use crate::kernel::ids::{GrantId, MembershipId};
use crate::kernel::text;
use crate::mail::Kind;

/// How long a role over confidential cases waits where nobody holds it any more who could confirm, in hours.
const WAIT_HOURS: i64 = 72;

/// A request that waits for a decision.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// Who is to get the role.
    pub member: MembershipId,
    /// Their name.
    pub name: String,
    /// The role.
    pub role: Role,
    /// Why.
    pub reason: String,
    /// Who asked.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Why this person may not decide; none where they may.
    pub hindrance: Option<Fault>,
    /// Whether this person asked, and may take the request back.
    pub mine: bool,
}

/// Who stands how to a request.
#[derive(Clone, Copy, Debug)]
struct Bench {
    /// The role that is asked for.
    role: Role,
    /// Whether the decider asked for it, or is to get it.
    concerned: bool,
    /// Whether the decider is an administrator, and a focal point.
    admin: bool,
    focal: bool,
    /// Other administrators than who asked and who gets it.
    admins: usize,
    /// Focal points, in the same way.
    focals: usize,
    /// How long the request has waited.
    waited: TimeDelta,
}

/// Who may decide: another administrator about an administrator, a focal point about a focal point. Where an organisation has one
/// administrator only, a focal point confirms the second; where it has no focal point any more, an administrator does, after three
/// days in which everybody concerned has been told.
fn hindrance(bench: Bench) -> Option<Fault> {
    if bench.concerned {
        return Some("takes_two");
    }
    match bench.role {
        Role::TenantAdmin if bench.admin => None,
        Role::TenantAdmin if bench.focal && bench.admins == 0 => None,
        Role::SafeguardingFocal if bench.focal => None,
        Role::SafeguardingFocal if bench.admin && bench.focals == 0 => (bench.waited < TimeDelta::hours(WAIT_HOURS)).then_some("too_early"),
        _ => Some("not_yours_to_decide"),
    }
}

/// Asks that somebody gets a role. Who may decide is told.
///
/// # Errors
/// Refusal, not found, refused fields; `nobody_to_decide`, `ruler_unlimited`; or the database's.
pub async fn ask(cx: &Cx, member: MembershipId, role: &str, reason: &str) -> Result<GrantId> {
    let wanted = Role::parse(role).filter(|role| role.is_organisation_wide());
    let mut w = cx.write(Can::AskGrant).await?;
    let mut invalid = Invalid::default();
    let role = invalid.keep("role", wanted.ok_or("not_a_choice"));
    let reason = invalid.keep("reason", text::line(reason, 10, 500));
    let (Some(role), Some(reason)) = (role, reason) else { return Err(Error::Invalid(invalid)) };
    let there = sqlx::query!(
        r#"select $2 = any (roles) as "holds!", programme_ids <> '{}' as "kept!" from app.membership where id = $1 and revoked_at is null and accepted_at is not null"#,
        member.0,
        role.as_str()
    )
    .fetch_optional(w.conn())
    .await?
    .ok_or(Error::NotFound)?;
    if there.holds {
        return Err(Error::field("role", "taken"));
    }
    if there.kept {
        return Err(Error::Rule("ruler_unlimited"));
    }
    let id = GrantId::new();
    sqlx::query!(
        "insert into app.role_grant_request (id, membership_id, role, reason) values ($1, $2, $3, $4)",
        id.0,
        member.0,
        role.as_str(),
        reason
    )
    .execute(w.conn())
    .await
    .map_err(|error| Error::or_duplicate(error, "role"))?;
    let deciders = deciders(cx, &mut w, role, member).await?;
    if deciders.is_empty() {
        return Err(Error::Rule("nobody_to_decide"));
    }
    for decider in deciders {
        tell::member(cx, &mut w, decider, Kind::GrantAsked).await?;
    }
    w.commit(Event::GrantAsked { grant: id, role: role.as_str(), reason }).await?;
    Ok(id)
}

/// Who may decide what this person asks for somebody now, or once it has waited.
async fn deciders(cx: &Cx, w: &mut Writer, role: Role, member: MembershipId) -> Result<Vec<MembershipId>> {
    let admins = members::holding(w.conn(), Role::TenantAdmin).await?;
    let focals = members::holding(w.conn(), Role::SafeguardingFocal).await?;
    let (me, asker) = (cx.standing()?.membership, cx.user()?.0);
    let mut all: Vec<_> = admins.iter().chain(&focals).map(|(id, _)| *id).filter(|id| *id != me && *id != member).collect();
    all.sort_unstable();
    all.dedup();
    let waited = TimeDelta::hours(WAIT_HOURS);
    let bench = |id| bench_of((id, false), role, (member, asker), &admins, &focals, waited);
    Ok(all.into_iter().filter(|id| hindrance(bench(*id)).is_none()).collect())
}

/// The requests that wait.
///
/// # Errors
/// Refusal, or the database's.
pub async fn open(cx: &Cx) -> Result<Vec<Grant>> {
    let mut r = cx.read(Can::ReadGrants).await?;
    let rows = sqlx::query!(
        r#"select g.id as "id: GrantId", g.membership_id as "member: MembershipId", p.name as "name!", g.role, g.reason, b.name as "by?",
             g.created_at, g.requested_by, now() as "now!"
           from app.role_grant_request g
           join app.membership m on m.tenant_id = g.tenant_id and m.id = g.membership_id and m.revoked_at is null
           join gate.people() p on p.id = m.user_id
           left join gate.people() b on b.id = g.requested_by
           where g.decision = 'pending' order by g.created_at limit 200"#
    )
    .fetch_all(r.conn())
    .await?;
    let admins = members::holding(r.conn(), Role::TenantAdmin).await?;
    let focals = members::holding(r.conn(), Role::SafeguardingFocal).await?;
    let me = cx.user()?.0;
    let mut out = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(role) = Role::parse(&row.role) else { continue };
        let bench = bench(cx, role, (row.member, row.requested_by), &admins, &focals, row.now - row.created_at)?;
        out.push(Grant {
            id: row.id,
            member: row.member,
            name: row.name,
            role,
            reason: row.reason,
            by: row.by.unwrap_or_default(),
            at: row.created_at,
            hindrance: hindrance(bench),
            mine: row.requested_by == me,
        });
    }
    Ok(out)
}

fn bench(
    cx: &Cx,
    role: Role,
    (member, asker): (MembershipId, Uuid),
    admins: &[(MembershipId, Uuid)],
    focals: &[(MembershipId, Uuid)],
    waited: TimeDelta,
) -> Result<Bench> {
    let (me, user) = (cx.standing()?.membership, cx.user()?);
    Ok(bench_of((me, user.0 == asker || me == member), role, (member, asker), admins, focals, waited))
}

fn bench_of(
    (decider, concerned): (MembershipId, bool),
    role: Role,
    (member, asker): (MembershipId, Uuid),
    admins: &[(MembershipId, Uuid)],
    focals: &[(MembershipId, Uuid)],
    waited: TimeDelta,
) -> Bench {
    let others = |holders: &[(MembershipId, Uuid)]| holders.iter().filter(|(id, user)| *id != member && *user != asker).count();
    let is = |holders: &[(MembershipId, Uuid)]| holders.iter().any(|(id, _)| *id == decider);
    Bench { role, concerned, admin: is(admins), focal: is(focals), admins: others(admins), focals: others(focals), waited }
}

/// Decides a request. Approved, the role is given in the same moment.
///
/// # Errors
/// Refusal, not found (also once it was decided); `takes_two`, `too_early`, `not_yours_to_decide`; or the database's.
pub async fn decide(cx: &Cx, id: GrantId, approve: bool) -> Result<()> {
    let mut w = cx.write(Can::DecideGrant).await?;
    let row = sqlx::query!(
        r#"select membership_id as "member: MembershipId", role, requested_by, now() - created_at as "waited!"
           from app.role_grant_request where id = $1 and decision = 'pending' for update"#,
        id.0
    )
    .fetch_optional(w.conn())
    .await?
    .ok_or(Error::NotFound)?;
    let role = Role::parse(&row.role).ok_or(Error::NotFound)?;
    let admins = members::holding(w.conn(), Role::TenantAdmin).await?;
    let focals = members::holding(w.conn(), Role::SafeguardingFocal).await?;
    let waited = TimeDelta::days(i64::from(row.waited.days)) + TimeDelta::microseconds(row.waited.microseconds);
    if let Some(fault) = hindrance(bench(cx, role, (row.member, row.requested_by), &admins, &focals, waited)?) {
        return Err(Error::Rule(fault));
    }
    let decision = if approve { "approved" } else { "refused" };
    close(&mut w, cx, id, decision).await?;
    if approve {
        let done = sqlx::query!(
            "update app.membership set roles = array(select distinct unnest(roles || $2::text) order by 1) where id = $1 and revoked_at is null",
            row.member.0,
            role.as_str()
        )
        .execute(w.conn())
        .await?;
        if done.rows_affected() == 0 {
            return Err(Error::NotFound);
        }
        tell::member(cx, &mut w, row.member, Kind::RolesChanged).await?;
    }
    let asker = sqlx::query_scalar!(
        r#"select id as "id: MembershipId" from app.membership where user_id = $1 and revoked_at is null"#,
        row.requested_by
    )
    .fetch_optional(w.conn())
    .await?;
    if let Some(asker) = asker {
        tell::member(cx, &mut w, asker, Kind::GrantDecided).await?;
    }
    w.commit(Event::GrantDecided { grant: id, member: row.member, role: role.as_str(), decision }).await
}

/// Takes a request back.
///
/// # Errors
/// Refusal, not found (also another's, and once it was decided), or the database's.
pub async fn withdraw(cx: &Cx, id: GrantId) -> Result<()> {
    let mut w = cx.write(Can::AskGrant).await?;
    let user = cx.user()?;
    let mine =
        sqlx::query!("select id from app.role_grant_request where id = $1 and decision = 'pending' and requested_by = $2", id.0, user.0)
            .fetch_optional(w.conn())
            .await?;
    mine.ok_or(Error::NotFound)?;
    close(&mut w, cx, id, "withdrawn").await?;
    w.commit(Event::GrantWithdrawn(id)).await
}

async fn close(w: &mut Writer, cx: &Cx, id: GrantId, decision: &'static str) -> Result<()> {
    sqlx::query!(
        "update app.role_grant_request set decision = $2, decided_by = $3, decided_at = now() where id = $1 and decision = 'pending'",
        id.0,
        decision,
        cx.user()?.0
    )
    .execute(w.conn())
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_two_and_the_right_two() {
        const ADMIN: Role = Role::TenantAdmin;
        const FOCAL: Role = Role::SafeguardingFocal;
        let bench = |role, who: &str, admins, focals, hours| Bench {
            role,
            concerned: who.contains("asked") || who.contains("gets"),
            admin: who.contains("admin"),
            focal: who.contains("focal"),
            admins,
            focals,
            waited: TimeDelta::hours(hours),
        };
        for (role, who, admins, focals, hours, expected) in [
            (ADMIN, "admin", 1, 1, 0, None),
            (ADMIN, "admin asked", 1, 1, 99, Some("takes_two")),
            (ADMIN, "focal gets", 0, 1, 99, Some("takes_two")),
            (ADMIN, "focal", 1, 1, 99, Some("not_yours_to_decide")),
            (ADMIN, "focal", 0, 1, 0, None),
            (ADMIN, "", 0, 0, 99, Some("not_yours_to_decide")),
            (FOCAL, "focal", 1, 1, 0, None),
            (FOCAL, "focal asked", 1, 1, 99, Some("takes_two")),
            (FOCAL, "admin", 1, 1, 99, Some("not_yours_to_decide")),
            (FOCAL, "admin", 1, 0, 71, Some("too_early")),
            (FOCAL, "admin", 1, 0, 72, None),
            (FOCAL, "admin asked", 1, 0, 72, Some("takes_two")),
            (Role::Viewer, "admin focal", 1, 1, 99, Some("not_yours_to_decide")),
        ] {
            assert_eq!(hindrance(bench(role, who, admins, focals, hours)), expected, "{role:?} {who} {admins} {focals} {hours}");
        }
    }
}
