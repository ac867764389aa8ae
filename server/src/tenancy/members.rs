//! The members of an organisation.

use chrono::{DateTime, Utc};

use crate::access::{Can, Cx, Role, Scope};
use crate::audit::Event;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{MembershipId, UserId};

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

/// The members of the organisation, by name, at most 500. Who may see names alone sees no more.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(cx: &Cx) -> Result<Vec<Member>> {
    let mut r = cx.read(Can::ListPeople).await?;
    let names_only = r.scope == Scope::Names;
    let rows = sqlx::query!(
        r#"select m.id as "id: MembershipId", p.name as "name!", p.email as "email!", m.roles, m.job_title, m.accepted_at
           from app.membership m join gate.people() p on p.id = m.user_id
           where m.revoked_at is null and m.accepted_at is not null
           order by p.name, m.id limit 500"#
    )
    .fetch_all(r.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Member {
            id: row.id,
            name: row.name,
            email: if names_only { String::new() } else { row.email },
            roles: if names_only { Vec::new() } else { row.roles.iter().filter_map(|role| Role::parse(role)).collect() },
            job_title: row.job_title.filter(|_| !names_only),
            since: row.accepted_at.filter(|_| !names_only),
        })
        .collect())
}

/// Ends every session of a member, who must sign in again.
///
/// # Errors
/// Refusal, not found, or the database's.
pub async fn end_sessions(cx: &Cx, member: MembershipId) -> Result<()> {
    let mut w = cx.write(Can::EndSessions).await?;
    let user = sqlx::query_scalar!(r#"select gate.end_sessions($1) as "user: UserId""#, member.0).fetch_one(w.conn()).await?;
    user.ok_or(Error::NotFound)?;
    w.commit(Event::SessionsEnded(member)).await
}
