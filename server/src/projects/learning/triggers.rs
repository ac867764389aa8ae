//! Rules that ask for an action: an indicator was off track in so many periods in a row.

use std::collections::HashMap;

use uuid::Uuid;

use super::{Links, chosen, expect_owner, people};
use crate::access::{Can, Cx, Reader};
use crate::audit::Event;
use crate::db::{Db, Why};
use crate::kernel::error::{Error, Fault, Invalid, Result};
use crate::kernel::ids::{AdaptationActionId, IndicatorId, PeriodId, ProjectId, TenantId, TriggerRuleId, UserId};
use crate::projects::dashboard::{Stood, stands};
use crate::projects::indicators::{self, Indicator};
use crate::projects::progress::{Kind, Rag};

/// Periods in a row that a rule waits for at the most.
pub const MOST_PERIODS: i32 = 4;

/// A rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its id.
    pub id: TriggerRuleId,
    /// The indicator; none for every one that has no rule of its own.
    pub indicator: Option<IndicatorId>,
    /// Periods in a row that an indicator is off track.
    pub periods: i32,
    /// Who gets the action.
    pub owner_name: Option<String>,
    /// Days until it is due.
    pub days: i32,
}

/// The rules of a project that are in force: the one for every indicator first.
pub(super) async fn of_project(r: &mut Reader, project: ProjectId) -> Result<Vec<Rule>> {
    Ok(sqlx::query_as!(
        Rule,
        r#"select t.id as "id: TriggerRuleId", t.indicator_id as "indicator: IndicatorId", t.periods, who.name as "owner_name?", t.days
           from app.trigger_rule t
           left join app.indicator i on i.tenant_id = t.tenant_id and i.id = t.indicator_id
           left join gate.people() who on who.id = t.owner_id
           where t.project_id = $1 and t.active order by i.sort nulls first, i.code"#,
        project.0
    )
    .fetch_all(r.conn())
    .await?)
}

/// A rule as typed.
#[derive(Clone, Copy, Debug, Default)]
pub struct RuleForm<'a> {
    /// The indicator's id; empty for every one.
    pub indicator: &'a str,
    /// Periods in a row.
    pub periods: &'a str,
    /// The account of who gets the action.
    pub owner: &'a str,
    /// Days until it is due.
    pub days: &'a str,
}

struct New {
    indicator: Option<Uuid>,
    periods: i32,
    owner: UserId,
    days: i32,
}

/// A whole number between 1 and the most that there can be.
fn up_to(most: i32, typed: &str) -> Result<i32, Fault> {
    match typed.trim() {
        "" => Err("required"),
        text => {
            text.parse::<i32>().map_err(|_| "not_a_number").and_then(|n| if (1..=most).contains(&n) { Ok(n) } else { Err("out_of_range") })
        }
    }
}

impl RuleForm<'_> {
    fn parse(self) -> Result<New> {
        let mut bad = Invalid::default();
        let indicator = bad.keep("indicator", chosen(self.indicator));
        let periods = bad.keep("periods", up_to(MOST_PERIODS, self.periods));
        let owner = bad.keep("owner", self.owner.trim().parse::<UserId>().map_err(|_| "not_a_choice"));
        let days = bad.keep("within_days", up_to(365, self.days));
        match (indicator, periods, owner, days) {
            (Some(indicator), Some(periods), Some(owner), Some(days)) => Ok(New { indicator, periods, owner, days }),
            _ => Err(Error::Invalid(bad)),
        }
    }
}

/// Adds a rule. It holds from the next figure on that is verified, or from the next hour on.
///
/// # Errors
/// Refusal, refused fields (`taken` for an indicator that has a rule), or the database's.
pub async fn add(cx: &Cx, project: ProjectId, form: RuleForm<'_>) -> Result<TriggerRuleId> {
    let mut w = cx.write(Can::AssignAction(project)).await?;
    let new = form.parse()?;
    Links { indicator: new.indicator, ..Links::default() }.check(&mut w, project).await?;
    expect_owner(&mut w, project, new.owner).await?;
    let id = TriggerRuleId::new();
    sqlx::query!(
        "insert into app.trigger_rule (id, project_id, indicator_id, periods, owner_id, days) values ($1, $2, $3, $4, $5, $6)",
        id.0,
        project.0,
        new.indicator,
        new.periods,
        new.owner.0,
        new.days
    )
    .execute(w.conn())
    .await
    .map_err(|error| Error::or_duplicate(error, "indicator"))?;
    w.commit(Event::TriggerRuleAdded { rule: id, project }).await?;
    Ok(id)
}

/// Switches a rule off. What it asked for stays.
///
/// # Errors
/// Refusal, not found, stale for one that was switched off, or the database's.
pub async fn switch_off(cx: &Cx, project: ProjectId, id: TriggerRuleId) -> Result<()> {
    let mut w = cx.write(Can::AssignAction(project)).await?;
    let active = sqlx::query_scalar!("select active from app.trigger_rule where project_id = $1 and id = $2 for update", project.0, id.0)
        .fetch_optional(w.conn())
        .await?
        .ok_or(Error::NotFound)?;
    if !active {
        return Err(Error::Stale);
    }
    sqlx::query!("update app.trigger_rule set active = false where id = $1", id.0).execute(w.conn()).await?;
    w.commit(Event::TriggerRuleSwitchedOff { rule: id, project }).await
}

/// A rule in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Armed {
    id: TriggerRuleId,
    indicator: Option<IndicatorId>,
    periods: i32,
}

/// The rule that holds for an indicator: its own, else the one for every indicator.
fn rule_for(rules: &[Armed], indicator: IndicatorId) -> Option<Armed> {
    let of = |wanted: Option<IndicatorId>| rules.iter().find(|rule| rule.indicator == wanted);
    of(Some(indicator)).or_else(|| of(None)).copied()
}

/// The last of so many periods in a row in which an indicator was off track, of its colours, the last period first; none where one of them
/// was another, or there are fewer.
fn last_off_track(colours: &[(PeriodId, Rag)], periods: i32) -> Option<PeriodId> {
    let row = colours.get(..usize::try_from(periods).ok()?)?;
    if row.iter().all(|(_, rag)| *rag == Rag::OffTrack) { row.first().map(|(period, _)| *period) } else { None }
}

/// After figures were verified: asks for an action for each of these indicators that is off track for as long as its rule says. Each last
/// period is asked about once, whatever is verified again. One statement where the project has no rule.
///
/// # Errors
/// The database's.
pub(crate) async fn fire(
    conn: &mut sqlx::PgConnection,
    project: ProjectId,
    touched: &[(IndicatorId, PeriodId)],
    verifier: UserId,
) -> Result<()> {
    let rules = in_force(conn, project).await?;
    judge(conn, project, &rules, touched.iter().map(|(id, _)| *id), Some(verifier)).await.map(drop)
}

/// By the clock, in nobody's name: figures may be verified before the last day of their period, after which alone it is judged. Answers how
/// many actions were asked for.
///
/// # Errors
/// The database's, of the question which projects have rules. What goes wrong in one project stands in no other's way.
pub async fn judge_by_clock(db: &Db) -> Result<u64> {
    let mut tx = db.system(Why::Jobs).await?;
    let projects =
        sqlx::query!(r#"select tenant_id as "tenant!: TenantId", project_id as "project!: ProjectId" from gate.projects_with_rules()"#)
            .fetch_all(tx.conn())
            .await?;
    tx.commit().await?;
    let mut asked = 0;
    for row in projects {
        match judge_project(db, row.tenant, row.project).await {
            Ok(count) => asked += count,
            Err(error) => tracing::error!(project = %row.project, %error, "the rules of a project could not be judged"),
        }
    }
    Ok(asked)
}

async fn judge_project(db: &Db, tenant: TenantId, project: ProjectId) -> Result<u64> {
    let mut tx = db.unattended(tenant).await?;
    let rules = in_force(tx.conn(), project).await?;
    let all = sqlx::query_scalar!(r#"select id as "id: IndicatorId" from app.indicator where project_id = $1"#, project.0)
        .fetch_all(tx.conn())
        .await?;
    let asked = judge(tx.conn(), project, &rules, all.into_iter(), None).await?;
    if asked > 0 {
        tx.commit(&Event::ActionsAsked { project, count: asked }).await?;
    }
    Ok(asked)
}

/// The rules of a project that are in force.
async fn in_force(conn: &mut sqlx::PgConnection, project: ProjectId) -> Result<Vec<Armed>> {
    Ok(sqlx::query_as!(
        Armed,
        r#"select id as "id: TriggerRuleId", indicator_id as "indicator: IndicatorId", periods from app.trigger_rule
           where project_id = $1 and active"#,
        project.0
    )
    .fetch_all(conn)
    .await?)
}

async fn judge(
    conn: &mut sqlx::PgConnection,
    project: ProjectId,
    rules: &[Armed],
    indicators: impl Iterator<Item = IndicatorId>,
    verifier: Option<UserId>,
) -> Result<u64> {
    let mut watched: Vec<Uuid> = indicators.filter(|id| rule_for(rules, *id).is_some()).map(|id| id.0).collect();
    watched.sort_unstable();
    watched.dedup();
    if watched.is_empty() {
        return Ok(0);
    }
    let asked: Vec<Asked> = colours(conn, project, &watched)
        .await?
        .into_iter()
        .filter_map(|(indicator, colours)| {
            let rule = rule_for(rules, indicator.id)?;
            let period = last_off_track(&colours, rule.periods)?;
            Some(Asked { indicator: indicator.id, period, rule: rule.id, title: indicator.title.chars().take(200).collect() })
        })
        .collect();
    if asked.is_empty() { Ok(0) } else { ask(conn, project, &asked, verifier).await }
}

/// How each indicator stood in its last periods that are over, the last first, by the rule of the dashboards. A period of which a figure
/// is not verified yet is not judged: that figure may turn it.
async fn colours(conn: &mut sqlx::PgConnection, project: ProjectId, wanted: &[Uuid]) -> Result<Vec<(Indicator, Vec<(PeriodId, Rag)>)>> {
    let rows = sqlx::query!(
        r#"select i.id as "indicator: IndicatorId", p.id as "period: PeriodId", c.period_end is not null as "is_recorded!",
             c.actual as "actual?", c.target as "target?",
             exists (
               select from app.indicator_value v where v.tenant_id = i.tenant_id and v.indicator_id = i.id and v.period_id = p.id
                 and v.status <> 'verified' and v.deleted_at is null) as "waits!"
           from app.indicator i
           cross join lateral (
             select o.id, o.end_date from app.reporting_period o
             where o.tenant_id = i.tenant_id and o.project_id = i.project_id and o.kind = i.frequency and o.end_date < (select app.today())
             order by o.end_date desc limit $3::int
           ) p
           left join app.period_rollup c on c.tenant_id = i.tenant_id and c.indicator_id = i.id and c.period_id = p.id
             and c.period_end = p.end_date and c.location_id is null and c.dim_key = ''
           where i.project_id = $1 and i.id = any ($2) order by i.id, p.end_date desc"#,
        project.0,
        wanted,
        MOST_PERIODS
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut stood: HashMap<IndicatorId, Vec<(PeriodId, bool, Option<Stood>)>> = HashMap::new();
    for row in rows {
        let recorded = row.is_recorded.then_some((row.actual, row.target));
        stood.entry(row.indicator).or_default().push((row.period, row.waits, recorded));
    }
    let all = indicators::of_project(conn, project, Some(wanted)).await?;
    let judged = all.into_iter().filter(|indicator| indicator.method.kind != Kind::Qualitative).map(|indicator| {
        let periods = stood.remove(&indicator.id).unwrap_or_default();
        let colours: Vec<(PeriodId, Rag)> = periods
            .into_iter()
            .map(|(period, waits, recorded)| (period, if waits { Rag::NotDue } else { stands(&indicator.method, true, recorded) }))
            .collect();
        (indicator, colours)
    });
    Ok(judged.collect())
}

/// An action that a rule asks for.
struct Asked {
    indicator: IndicatorId,
    period: PeriodId,
    rule: TriggerRuleId,
    title: String,
}

/// Writes actions down, but for those that were asked for before. The owner of a rule who has left the project gives way to who verified;
/// where nobody did, it is left until somebody does.
async fn ask(conn: &mut sqlx::PgConnection, project: ProjectId, asked: &[Asked], verifier: Option<UserId>) -> Result<u64> {
    let people: Vec<Uuid> = people(conn, project).await?.into_iter().map(|(id, _)| id.0).collect();
    let ids: Vec<Uuid> = asked.iter().map(|_| AdaptationActionId::new().0).collect();
    let done = sqlx::query!(
        "insert into app.adaptation_action (id, project_id, indicator_id, period_id, rule_id, title, owner_id, due_on, source)
         select t.id, $1, t.indicator_id, t.period_id, r.id, t.title,
           case when r.owner_id = any ($7::uuid[]) then r.owner_id else $8::uuid end, (select app.today()) + r.days, 'rule'
         from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[]) as t(id, indicator_id, period_id, rule_id, title)
         join app.trigger_rule r on r.project_id = $1 and r.id = t.rule_id
         where r.owner_id = any ($7::uuid[]) or $8::uuid is not null
         on conflict (tenant_id, indicator_id, period_id) where source = 'rule' do nothing",
        project.0,
        &ids,
        &asked.iter().map(|a| a.indicator.0).collect::<Vec<_>>(),
        &asked.iter().map(|a| a.period.0).collect::<Vec<_>>(),
        &asked.iter().map(|a| a.rule.0).collect::<Vec<_>>(),
        &asked.iter().map(|a| a.title.clone()).collect::<Vec<_>>(),
        &people,
        verifier.map(|verifier| verifier.0)
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_asked_for_after_so_many_periods_in_a_row() {
        let last = PeriodId(Uuid::from_u128(1));
        // colours, the last period first; periods that the rule waits for; whether it asks
        let cases: [(&str, &[Rag], i32, bool); 9] = [
            ("one is enough for one", &[Rag::OffTrack], 1, true),
            ("one is too few for two", &[Rag::OffTrack], 2, false),
            ("two in a row", &[Rag::OffTrack, Rag::OffTrack, Rag::OnTrack], 2, true),
            ("the last one recovered", &[Rag::OnTrack, Rag::OffTrack, Rag::OffTrack], 2, false),
            ("a gap breaks the row", &[Rag::OffTrack, Rag::NoData, Rag::OffTrack], 2, false),
            ("at risk is not off track", &[Rag::OffTrack, Rag::AtRisk], 2, false),
            ("what waits is not judged", &[Rag::NotDue, Rag::OffTrack, Rag::OffTrack], 2, false),
            ("four", &[Rag::OffTrack; 4], 4, true),
            ("nothing is over", &[], 1, false),
        ];
        for (name, colours, periods, asks) in cases {
            let colours: Vec<_> = colours.iter().zip(1..).map(|(rag, n)| (PeriodId(Uuid::from_u128(n)), *rag)).collect();
            assert_eq!(last_off_track(&colours, periods), asks.then_some(last), "{name}");
        }
    }

    #[test]
    fn the_rule_of_an_indicator_stands_in_place_of_the_one_for_all() {
        let (mine, other) = (IndicatorId(Uuid::from_u128(1)), IndicatorId(Uuid::from_u128(2)));
        let rule = |id: u128, indicator| Armed { id: TriggerRuleId(Uuid::from_u128(id)), indicator, periods: 2 };
        let rules = [rule(1, None), rule(2, Some(mine))];
        assert_eq!(rule_for(&rules, mine), Some(rules[1]));
        assert_eq!(rule_for(&rules, other), Some(rules[0]));
        assert_eq!(rule_for(&rules[1..], other), None);
        assert_eq!(rule_for(&[], mine), None);
    }

    #[test]
    fn periods_and_days_are_whole_numbers_within_limits() {
        for (typed, expected) in [
            ("1", Ok(1)),
            (" 4 ", Ok(4)),
            ("0", Err("out_of_range")),
            ("5", Err("out_of_range")),
            ("two", Err("not_a_number")),
            ("", Err("required")),
        ] {
            assert_eq!(up_to(MOST_PERIODS, typed), expected, "{typed}");
        }
    }
}
