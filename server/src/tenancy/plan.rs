//! Plans: how many people, projects and bytes of evidence an organisation may have.

use sqlx::PgConnection;

use crate::kernel::error::{Error, Result};

/// A plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// To begin with.
    Seed,
    /// For one office.
    Core,
    /// For several.
    Pro,
    /// Without limits.
    Enterprise,
}

impl Plan {
    /// Every plan, the smallest first.
    pub const ALL: [Self; 4] = [Self::Seed, Self::Core, Self::Pro, Self::Enterprise];

    /// Its name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Seed => "seed",
            Self::Core => "core",
            Self::Pro => "pro",
            Self::Enterprise => "enterprise",
        }
    }

    /// The plan of a name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|plan| plan.as_str() == text)
    }

    /// The most members; none for no limit.
    #[must_use]
    pub const fn members(self) -> Option<i64> {
        match self {
            Self::Seed => Some(10),
            Self::Core => Some(100),
            Self::Pro => Some(1_000),
            Self::Enterprise => None,
        }
    }

    /// The most projects; none for no limit.
    #[must_use]
    pub const fn projects(self) -> Option<i64> {
        match self {
            Self::Seed => Some(3),
            Self::Core => Some(50),
            Self::Pro => Some(500),
            Self::Enterprise => None,
        }
    }

    /// The most bytes of evidence; none for no limit.
    #[must_use]
    pub const fn evidence_bytes(self) -> Option<i64> {
        const GIB: i64 = 1 << 30;
        match self {
            Self::Seed => Some(GIB),
            Self::Core => Some(20 * GIB),
            Self::Pro => Some(200 * GIB),
            Self::Enterprise => None,
        }
    }
}

/// What a plan limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    /// Members, with those who are invited.
    Members,
    /// Projects.
    Projects,
}

/// A plan that the database names.
fn known(text: &str) -> Result<Plan> {
    Plan::parse(text).ok_or_else(|| Error::Internal(format!("unknown plan: {text}")))
}

/// That the organisation's plan has room for one more. Two at once may both find the last place: a plan is no lock.
///
/// # Errors
/// `plan_full`, or the database's.
pub(crate) async fn expect_room(conn: &mut PgConnection, of: Of) -> Result<()> {
    let row = sqlx::query!(
        r#"select t.plan,
             case when $1 then (select count(*) from app.project p where p.deleted_at is null)
               else (select count(*) from app.membership m where m.accepted_at is not null and m.revoked_at is null)
                 + (select count(*) from app.invitation i where i.accepted_at is null and i.revoked_at is null and i.expires_at > now())
             end as "used!"
           from app.tenant t"#,
        of == Of::Projects
    )
    .fetch_one(conn)
    .await?;
    let plan = known(&row.plan)?;
    let limit = match of {
        Of::Members => plan.members(),
        Of::Projects => plan.projects(),
    };
    if limit.is_none_or(|limit| row.used < limit) { Ok(()) } else { Err(Error::Rule("plan_full")) }
}

/// That the organisation's plan has room for a file of evidence of so many bytes.
///
/// # Errors
/// `quota_full`, or the database's.
pub(crate) async fn expect_bytes(conn: &mut PgConnection, bytes: usize) -> Result<()> {
    let row = sqlx::query!(r#"select t.plan, gate.evidence_bytes() as "used!" from app.tenant t"#).fetch_one(conn).await?;
    let plan = known(&row.plan)?;
    let wanted = row.used.saturating_add(i64::try_from(bytes).unwrap_or(i64::MAX));
    if plan.evidence_bytes().is_none_or(|limit| wanted <= limit) { Ok(()) } else { Err(Error::Rule("quota_full")) }
}
