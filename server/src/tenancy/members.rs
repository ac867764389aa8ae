//! The members of an organisation: who they are there, what they may do, and when they no longer are.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::tell;
use crate::access::{Assignment, Can, Cx, Role, Scope, Standing};
use crate::audit::Event;
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::ids::{MembershipId, ProgrammeId, UserId};
use crate::kernel::text;
use crate::mail::Kind;

/// Members on a page of the list.
pub const PAGE: i64 = 100;
/// The roles that one administrator gives and takes. The others take two people to give.
pub const ASSIGNABLE: [Role; 4] = super::invitations::ROLES;

/// A member.
#[derive(Clone, Debug)]
pub struct Member {
    /// Their place in the organisation.
    pub id: MembershipId,
    /// Their name.
    pub name: String,
    /// Their address; empty for who sees names alone.
    pub email: String,
    /// Their roles; empty for who sees names alone.
    pub roles: Vec<Role>,
    /// Their title.
    pub job_title: Option<String>,
    /// Since when.
    pub since: Option<DateTime<Utc>>,
}

/// Part of a list of members.
#[derive(Clone, Debug)]
pub struct Page {
    /// The members, by name.
    pub members: Vec<Member>,
    /// The member behind whom the list goes on.
    pub next: Option<MembershipId>,
}

/// The members of the organisation whose name or address holds a text, by name, from behind a member on. Who may see names alone sees
/// and finds no more.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(cx: &Cx, holds: &str, after: Option<MembershipId>) -> Result<Page> {
    let mut r = cx.read(Can::ListPeople).await?;
    let names_only = r.scope == Scope::Names;
    let holds = holds.trim().to_lowercase();
    let rows = sqlx::query!(
        r#"select m.id as "id: MembershipId", p.name as "name!", p.email as "email!", m.roles, m.job_title, m.accepted_at
           from app.membership m join gate.people() p on p.id = m.user_id
           where m.revoked_at is null and m.accepted_at is not null
             and ($1 = '' or position($1 in lower(p.name)) > 0 or (position($1 in p.email) > 0 and not $2))
             and ($3::uuid is null or (p.name, m.id) > (
               select b.name, o.id from app.membership o join gate.people() b on b.id = o.user_id where o.id = $3))
           order by p.name, m.id limit $4"#,
        holds,
        names_only,
        after.map(|after| after.0),
        PAGE + 1
    )
    .fetch_all(r.conn())
    .await?;
    let mut members: Vec<Member> = rows
        .into_iter()
        .map(|row| Member {
            id: row.id,
            name: row.name,
            email: if names_only { String::new() } else { row.email },
            roles: if names_only { Vec::new() } else { Role::parse_all(&row.roles) },
            job_title: row.job_title.filter(|_| !names_only),
            since: row.accepted_at.filter(|_| !names_only),
        })
        .collect();
    let more = members.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
    members.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    Ok(Page { next: members.last().filter(|_| more).map(|last| last.id), members })
}

/// Where a member works.
#[derive(Clone, Debug)]
pub struct Place {
    /// The project's code.
    pub code: String,
    /// Its title.
    pub title: String,
    /// The role there.
    pub role: Option<Role>,
    /// How many locations they keep to; none for all.
    pub locations: i64,
    /// Whether the role rests: the project is part of none of the programmes that they are kept to.
    pub rests: bool,
}

/// Everything that an administrator sees of a member.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The member.
    pub member: Member,
    /// Their account.
    pub user: UserId,
    /// Where they work.
    pub places: Vec<Place>,
    /// What they are in the organisation, as the judgement of what they may do takes it.
    pub standing: Standing,
    /// Whether they have a second factor.
    pub second_factor: bool,
    /// When they last signed in.
    pub last_sign_in: Option<DateTime<Utc>>,
    /// Whether they belong to other organisations too, or operate the platform: their factors are not this one's to reset.
    pub elsewhere: bool,
    /// The version that an edit must name.
    pub row_version: i32,
}

/// A member, with what they may do and where.
///
/// # Errors
/// Refusal, not found, or the database's.
pub async fn get(cx: &Cx, id: MembershipId) -> Result<Profile> {
    let mut r = cx.read(Can::ReadMember).await?;
    let row = sqlx::query!(
        r#"select m.user_id as "user: UserId", p.name as "name!", p.email as "email!", m.roles, m.job_title, m.accepted_at, m.row_version, m.programme_ids,
             a.second_factor as "second_factor!", a.last_sign_in, a.elsewhere as "elsewhere!"
           from app.membership m join gate.people() p on p.id = m.user_id cross join lateral gate.member_access(m.id) a
           where m.id = $1 and m.revoked_at is null and m.accepted_at is not null"#,
        id.0
    )
    .fetch_optional(r.conn())
    .await?
    .ok_or(Error::NotFound)?;
    let assigned = sqlx::query!(
        r#"select p.id, p.code, p.title, pm.role, pm.location_ids, gate.is_within(p.tenant_id, p.id, $2) as "within!"
           from app.project_member pm join app.project p on p.tenant_id = pm.tenant_id and p.id = pm.project_id
           where pm.membership_id = $1 order by p.title, pm.role"#,
        id.0,
        &row.programme_ids
    )
    .fetch_all(r.conn())
    .await?;
    let member = Member {
        id,
        name: row.name,
        email: row.email,
        roles: Role::parse_all(&row.roles),
        job_title: row.job_title,
        since: row.accepted_at,
    };
    let assignments = assigned.iter().filter(|row| row.within).map(|row| Assignment::new(row.id, &row.role, &row.location_ids)).collect();
    let programmes = row.programme_ids.into_iter().map(ProgrammeId).collect();
    let standing =
        Standing { membership: id, roles: member.roles.clone(), assignments, programmes, others: Vec::new(), ..cx.standing()?.clone() };
    let places = assigned
        .into_iter()
        .map(|row| Place {
            role: Role::parse(&row.role),
            locations: i64::try_from(row.location_ids.len()).unwrap_or(i64::MAX),
            rests: !row.within,
            code: row.code,
            title: row.title,
        })
        .collect();
    Ok(Profile {
        member,
        user: row.user,
        places,
        standing,
        second_factor: row.second_factor,
        last_sign_in: row.last_sign_in,
        elsewhere: row.elsewhere,
        row_version: row.row_version,
    })
}

/// Sets the roles and the title of a member. Roles that take two people may be kept or taken here, and not given.
///
/// # Errors
/// Refusal, not found, refused fields, stale; `own_roles`, `takes_two`, `last_administrator`; or the database's.
pub async fn set_roles(cx: &Cx, id: MembershipId, roles: &[Role], job_title: &str, row_version: i32) -> Result<()> {
    let mut w = cx.write(Can::SetRoles).await?;
    let mut invalid = Invalid::default();
    let title = job_title.trim();
    let title = if title.is_empty() { Some(None) } else { invalid.keep("job_title", text::line(title, 1, 120).map(Some)) };
    if roles.is_empty() {
        invalid.note("roles", "required");
    }
    let Some(title) = title.filter(|_| invalid.0.is_empty()) else { return Err(Error::Invalid(invalid)) };
    let names = Role::texts(roles);
    let changed = sqlx::query_scalar!(
        r#"with before as (select tenant_id, id, roles from app.membership where id = $1 for update)
           update app.membership m set roles = $2, job_title = $3 from before b
           where m.tenant_id = b.tenant_id and m.id = b.id and m.row_version = $4 and m.revoked_at is null and m.accepted_at is not null
           returning not (b.roles <@ m.roles and m.roles <@ b.roles) as "changed!""#,
        id.0,
        &names,
        title,
        row_version
    )
    .fetch_optional(w.conn())
    .await?;
    let Some(changed) = changed else {
        let known =
            sqlx::query_scalar!(r#"select exists(select from app.membership where id = $1) as "yes!""#, id.0).fetch_one(w.conn()).await?;
        return Err(if known { Error::Stale } else { Error::NotFound });
    };
    if changed {
        tell::member(cx, &mut w, id, Kind::RolesChanged).await?;
    }
    w.commit(Event::RolesSet { member: id, roles: names.join(" ") }).await
}

/// Lets a member go: they are in no project any more and see nothing of the organisation. They come back by an invitation alone.
///
/// # Errors
/// Refusal, not found, refused fields; `own_roles`, `last_administrator`; or the database's.
pub async fn let_go(cx: &Cx, id: MembershipId, reason: &str) -> Result<()> {
    let mut w = cx.write(Can::LetGo).await?;
    let reason = text::line(reason, 3, 500).map_err(|fault| Error::field("reason", fault))?;
    let done =
        sqlx::query!("update app.membership set revoked_at = now() where id = $1 and revoked_at is null", id.0).execute(w.conn()).await?;
    if done.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    sqlx::query!("delete from app.project_member where membership_id = $1", id.0).execute(w.conn()).await?;
    sqlx::query!("update app.api_token set revoked_at = now() where membership_id = $1 and revoked_at is null", id.0)
        .execute(w.conn())
        .await?;
    // nothing that was on its way to them brings them back
    sqlx::query!(
        "update app.invitation i set revoked_at = now() from app.membership m join gate.people() p on p.id = m.user_id
         where m.id = $1 and i.email = p.email and i.accepted_at is null and i.revoked_at is null",
        id.0
    )
    .execute(w.conn())
    .await?;
    sqlx::query!(
        "update app.role_grant_request set decision = 'withdrawn', decided_by = $2, decided_at = now()
         where decision = 'pending' and (membership_id = $1 or requested_by = (select user_id from app.membership where id = $1))",
        id.0,
        cx.user()?.0
    )
    .execute(w.conn())
    .await?;
    tell::member(cx, &mut w, id, Kind::LetGo).await?;
    w.commit(Event::MemberLetGo { member: id, reason }).await
}

/// Takes every second factor off a member's account, for who has lost theirs and their recovery codes: they sign in with the password and
/// set up another one. Only of an account that is this organisation's alone.
///
/// # Errors
/// Refusal, `not_yours_to_reset`, or the database's.
pub async fn reset_factors(cx: &Cx, id: MembershipId) -> Result<()> {
    let mut w = cx.write(Can::ResetFactors).await?;
    let user = sqlx::query_scalar!("select gate.reset_factors($1)", id.0).fetch_one(w.conn()).await?;
    user.ok_or(Error::Rule("not_yours_to_reset"))?;
    tell::member(cx, &mut w, id, Kind::FactorsReset).await?;
    w.commit(Event::FactorsReset(id)).await
}

/// Ends every session of a member, who must sign in again.
///
/// # Errors
/// Refusal, not found, or the database's.
pub async fn end_sessions(cx: &Cx, id: MembershipId) -> Result<()> {
    let mut w = cx.write(Can::EndSessions).await?;
    let user = sqlx::query_scalar!(r#"select gate.end_sessions($1) as "user: UserId""#, id.0).fetch_one(w.conn()).await?;
    user.ok_or(Error::NotFound)?;
    tell::member(cx, &mut w, id, Kind::SignedOut).await?;
    w.commit(Event::SessionsEnded(id)).await
}

/// Who holds a role, in the organisation or in any project: how many, and the first names.
#[derive(Clone, Debug)]
pub struct Holders {
    /// The role.
    pub role: Role,
    /// How many hold it.
    pub count: i64,
    /// The names of at most twenty of them.
    pub names: Vec<String>,
}

/// Who holds what.
///
/// # Errors
/// Refusal, or the database's.
pub async fn holders(cx: &Cx) -> Result<Vec<Holders>> {
    let mut r = cx.read(Can::ReadMember).await?;
    let rows = sqlx::query!(
        r#"select h.role as "role!", count(*) as "count!", (array_agg(p.name order by p.name))[1:20] as "names!"
           from (select unnest(roles) as role, id, user_id from app.membership where revoked_at is null and accepted_at is not null
             union
             select pm.role, m.id, m.user_id from app.project_member pm join app.membership m on m.tenant_id = pm.tenant_id and m.id = pm.membership_id
             where m.revoked_at is null and m.accepted_at is not null) h
           join gate.people() p on p.id = h.user_id group by h.role"#
    )
    .fetch_all(r.conn())
    .await?;
    let of = |role: Role| rows.iter().find(|row| row.role == role.as_str());
    Ok(Role::ALL
        .into_iter()
        .map(|role| Holders {
            role,
            count: of(role).map_or(0, |row| row.count),
            names: of(role).map(|row| row.names.clone()).unwrap_or_default(),
        })
        .collect())
}

/// The members who rule the organisation or its confidential cases.
pub(super) async fn holding(conn: &mut sqlx::PgConnection, role: Role) -> Result<Vec<(MembershipId, Uuid)>> {
    let rows = sqlx::query!(
        r#"select id as "id: MembershipId", user_id from app.membership where $1 = any (roles) and revoked_at is null and accepted_at is not null"#,
        role.as_str()
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.user_id)).collect())
}
