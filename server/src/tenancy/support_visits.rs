//! Visits of support, as the organisation sees them: who looked in, when, why and at what.

use chrono::{DateTime, Utc};

use crate::access::{Can, Cx};
use crate::kernel::error::Result;
use crate::kernel::ids::SupportVisitId;

/// A visit.
#[derive(Clone, Debug)]
pub struct SupportVisit {
    /// Its id; everything that was looked at is about it in the log.
    pub id: SupportVisitId,
    /// Who came.
    pub operator: String,
    /// Whom they were.
    pub acted_as: String,
    /// Why.
    pub reason: String,
    /// The request for help.
    pub ticket: String,
    /// From when
    pub began: DateTime<Utc>,
    /// until when; none while it lasts.
    pub ended: Option<DateTime<Utc>>,
    /// Pages that were looked at with what was asked of them, in the order of the first look, each once; two hundred at most.
    pub pages: Vec<String>,
    /// How many looks there were, repeated ones too.
    pub looked: i64,
    /// Acts in the log that were done in it, looking apart.
    pub acts: i64,
}

/// The visits of support to this organisation, the newest first.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(cx: &Cx) -> Result<Vec<SupportVisit>> {
    let mut r = cx.read(Can::ReadSupportVisits).await?;
    Ok(sqlx::query_as!(
        SupportVisit,
        r#"select v.id as "id: SupportVisitId", v.operator_name as operator, p.name as "acted_as!", v.reason, v.ticket,
             v.started_at as began, coalesce(v.ended_at, case when v.until < now() then v.until end) as ended,
             array(select l.path from (
                 select convert_from(e.canon, 'UTF8')::jsonb #>> '{changes,path,1}' as path, min(e.at) as first from audit.event e
                 where e.entity_id = v.id and e.action = 'support.looked' group by 1) l
               order by l.first limit 200) as "pages!",
             (select count(*) from audit.event e where e.entity_id = v.id and e.action = 'support.looked') as "looked!",
             (select count(*) from audit.event e where e.impersonator_id = v.operator_id
               and e.at between v.started_at and coalesce(v.ended_at, v.until) and e.kind = 'act' and e.action <> 'support.looked') as "acts!"
           from app.support_visit v join gate.people() p on p.id = v.user_id
           order by v.started_at desc limit 50"#
    )
    .fetch_all(r.conn())
    .await?)
}
