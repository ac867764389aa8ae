//! Which way a page of the log is found. Newest first always; but where little of much is asked for, by the index that knows where it lies.

#[cfg(test)]
use chrono::NaiveDate;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::log::{Filter, Limits, Line, SAFEGUARDING};
use crate::access::Reader;
use crate::kernel::error::Result;

/// Projects that are looked up one by one; of more, the log is walked.
const MOST_PROJECTS: usize = 50;

/// A way to the lines.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Way<'a> {
    /// Acts from the end of the chain, of who reads everything and asks for nothing in particular: the page that is opened most often.
    Newest,
    /// Everything about one thing.
    Thing,
    /// Everything that one person did.
    Person(Uuid),
    /// Everything in a few projects.
    Projects(&'a [Uuid]),
    /// Acts of one kind.
    Family(&'a str),
    /// Back from the end of the chain, or of the days that are asked for, line by line.
    Back,
}

fn way<'a>(filter: &'a Filter, within: &'a Limits) -> Way<'a> {
    let Filter { action, actor, entity, project, from, to, before: _, upto, acts_only } = filter;
    let action = action.as_deref().unwrap_or_default();
    let everything = within.rest && within.projects.is_none() && within.own.is_none();
    if entity.is_some() {
        return Way::Thing;
    }
    if let Some(person) = actor.or(within.own.filter(|_| !within.safeguarding)) {
        return Way::Person(person);
    }
    match &within.projects {
        Some(few) if few.len() <= MOST_PROJECTS && !within.safeguarding => return Way::Projects(few),
        _ => {}
    }
    if *acts_only && let Some(family) = action.strip_suffix('.').filter(|family| !family.is_empty() && !family.contains('.')) {
        return Way::Family(family);
    }
    let whole = action.is_empty() && project.is_none() && from.is_none() && to.is_none() && upto.is_none();
    if *acts_only && everything && whole { Way::Newest } else { Way::Back }
}

/// Lines from a query of events, in an order. That is cut to a page before the codes of projects are joined: the log is never sorted as a
/// whole.
macro_rules! lines_of {
    ([$($events:literal),+], $order:literal, $($value:expr),+) => {
        sqlx::query_as!(
            Line,
            r#"select e.seq as "seq!", e.at as "at!", e.kind as "kind!", e.action as "action!", e.entity_type, e.entity_id,
                 e.actor_kind as "actor_kind!", e.actor_id, null as "actor?", false as "operator!", e.impersonator_id, e.result as "result!",
                 p.code as "project?"
               from ("#
                $(+ $events)+
                + ") e left join app.project p on p.tenant_id = e.tenant_id and p.id = e.project_id order by "
                + $order,
            $($value),+
        )
    };
}

/// The lines of a page. `$before` and `$after` stand around the query of its events, `$from` says where these come from and ends in a
/// condition, `$order` how they stand.
macro_rules! page_from {
    ($before:literal, $from:literal, $order:literal, $after:literal, $ask:expr) => {
        lines_of!(
            [
                $before,
                "select k.tenant_id, k.seq, v.at, v.kind, v.action, v.entity_type, v.entity_id, v.actor_kind, v.actor_id,
                   v.impersonator_id, v.result, v.project_id
                 from ",
                $from,
                " and ($1::bigint is null or case when $2::timestamptz is null then k.seq < $1 else (v.at, k.seq) < ($2, $1) end)
                  and k.seq > $3 and k.seq <= $4
                  and ($5::text is null or starts_with(v.action, $5))
                  and ($6::uuid is null or v.actor_id = $6)
                  and ($7::uuid is null or v.entity_id = $7)
                  and ($8::date is null or v.at >= $8) and ($9::date is null or v.at < $9 + 1)
                  and (k.act or not $10)
                  and case when starts_with(v.action, 'safeguarding.') then $11
                    else $12 and ($13::uuid[] is null or v.project_id = any ($13)) and ($14::uuid is null or v.actor_id = $14) end
                order by ",
                $order,
                " limit $15",
                $after
            ],
            $order,
            $ask.filter.before,
            $ask.before_at,
            $ask.above,
            $ask.upto,
            $ask.filter.action.as_deref().filter(|action| !action.is_empty()),
            $ask.filter.actor,
            $ask.filter.entity,
            $ask.filter.from,
            $ask.filter.to,
            $ask.filter.acts_only,
            $ask.within.safeguarding,
            $ask.within.rest,
            $ask.within.projects.as_deref(),
            $ask.within.own,
            $ask.limit
        )
    };
}

/// What is asked of the database.
struct Ask<'a> {
    filter: &'a Filter,
    within: &'a Limits,
    limit: i64,
    /// When the line was written after which the page begins; none where lines stand in the order of the chain.
    before_at: Option<DateTime<Utc>>,
    /// Places in the chain that hold all days which are asked for.
    above: i64,
    upto: i64,
}

/// The lines of a page, without names.
pub(super) async fn of(r: &mut Reader, filter: &Filter, within: &Limits, limit: i64) -> Result<Vec<Line>> {
    let mut ask = Ask { filter, within, limit, before_at: None, above: 0, upto: filter.upto.unwrap_or(i64::MAX) };
    let way = way(filter, within);
    match way {
        Way::Newest => return newest(r, filter.before.unwrap_or(i64::MAX), within.safeguarding, limit).await,
        Way::Back if filter.from.is_some() || filter.to.is_some() => days(r, &mut ask).await?,
        Way::Person(_) | Way::Projects(_) | Way::Family(_) => {
            if let Some(before) = filter.before {
                ask.before_at = at_of(r, before).await?;
            }
        }
        Way::Back | Way::Thing => {}
    }
    // `offset 0` keeps the order of work whatever the planner knows of the filters
    Ok(match way {
        Way::Newest | Way::Back => {
            page_from!(
                "",
                "audit.link k
                 cross join lateral (select * from audit.event x where x.tenant_id = k.tenant_id and x.id = k.event_id offset 0) v
                 where k.seq < coalesce($1::bigint, 9223372036854775807)",
                "seq desc",
                "",
                ask
            )
            .fetch_all(r.conn())
            .await?
        }
        Way::Thing => {
            page_from!(
                "",
                "audit.event v join audit.link k on k.tenant_id = v.tenant_id and k.event_id = v.id where v.entity_id = $7::uuid",
                "seq desc",
                "",
                ask
            )
            .fetch_all(r.conn())
            .await?
        }
        Way::Person(_) => {
            page_from!(
                "",
                "(select * from audit.event x where x.actor_id = coalesce($6::uuid, $14::uuid) and x.at <= coalesce($2::timestamptz, 'infinity')
                   and x.at >= coalesce($8::date::timestamptz, '-infinity') order by x.at desc offset 0) v
                 cross join lateral (select * from audit.link l where l.tenant_id = v.tenant_id and l.event_id = v.id offset 0) k where true",
                "at desc, seq desc",
                "",
                ask
            )
            .fetch_all(r.conn())
            .await?
        }
        Way::Projects(_) => {
            page_from!(
                "select z.* from unnest($13::uuid[]) w(id) cross join lateral (",
                "(select * from audit.event x where x.project_id = w.id and x.at <= coalesce($2::timestamptz, 'infinity')
                   and x.at >= coalesce($8::date::timestamptz, '-infinity') order by x.at desc offset 0) v
                 cross join lateral (select * from audit.link l where l.tenant_id = v.tenant_id and l.event_id = v.id offset 0) k where true",
                "at desc, seq desc",
                ") z order by at desc, seq desc limit $15",
                ask
            )
            .fetch_all(r.conn())
            .await?
        }
        Way::Family(_) => {
            page_from!(
                "",
                "(select * from audit.event x where x.kind = 'act' and split_part(x.action, '.', 1) = split_part($5::text, '.', 1)
                   and x.at <= coalesce($2::timestamptz, 'infinity') and x.at >= coalesce($8::date::timestamptz, '-infinity') order by x.at desc offset 0) v
                 cross join lateral (select * from audit.link l where l.tenant_id = v.tenant_id and l.event_id = v.id offset 0) k where true",
                "at desc, seq desc",
                "",
                ask
            )
            .fetch_all(r.conn())
            .await?
        }
    })
}

/// The newest acts, or those before a place, for who reads everything but perhaps safeguarding: the page that is opened most
/// often. With next to nothing to choose from, the database plans it once and not at each opening.
async fn newest(r: &mut Reader, before: i64, safeguarding: bool, limit: i64) -> Result<Vec<Line>> {
    let rows = lines_of!(
        ["select k.tenant_id, k.seq, v.at, v.kind, v.action, v.entity_type, v.entity_id, v.actor_kind, v.actor_id,
            v.impersonator_id, v.result, v.project_id
          from audit.link k
          cross join lateral (select * from audit.event x where x.tenant_id = k.tenant_id and x.id = k.event_id offset 0) v
          where k.act and k.seq < $1 and ($2 or not starts_with(v.action, $3))
          order by k.seq desc limit $4"],
        "seq desc",
        before,
        safeguarding,
        SAFEGUARDING,
        limit
    );
    Ok(rows.fetch_all(r.conn()).await?)
}

/// When the event of a place was written.
async fn at_of(r: &mut Reader, seq: i64) -> Result<Option<DateTime<Utc>>> {
    Ok(sqlx::query_scalar!(
        "select v.at from audit.link k join audit.event v on v.tenant_id = k.tenant_id and v.id = k.event_id where k.seq = $1",
        seq
    )
    .fetch_optional(r.conn())
    .await?)
}

/// Between which places all events of the days lie. What is written by a change that lasts some minutes takes its place at the end of it:
/// ten minutes are more than any may last.
async fn days(r: &mut Reader, ask: &mut Ask<'_>) -> Result<()> {
    let row = sqlx::query!(
        r#"select
             (select k.seq from (select * from audit.event v where v.at < $1::date - interval '10 minutes' order by v.at desc limit 1) v
               join audit.link k on k.tenant_id = v.tenant_id and k.event_id = v.id) as above,
             (select k.seq from (select * from audit.event v where v.at > $2::date + 1 + interval '10 minutes' order by v.at limit 1) v
               join audit.link k on k.tenant_id = v.tenant_id and k.event_id = v.id) as upto"#,
        ask.filter.from,
        ask.filter.to
    )
    .fetch_one(r.conn())
    .await?;
    ask.above = row.above.unwrap_or(0);
    ask.upto = ask.upto.min(row.upto.unwrap_or(i64::MAX));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_rare_is_looked_for_where_it_lies() {
        let (person, thing, project) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        let acts = Filter { acts_only: true, ..Filter::default() };
        let rows = Filter::default();
        let all = Limits { rest: true, ..Limits::default() };
        let own = Limits { own: Some(person), ..all.clone() };
        let theirs = Limits { projects: Some(vec![project]), ..all.clone() };
        let many = Limits { projects: Some(vec![project; MOST_PROJECTS + 1]), ..all.clone() };
        let both = Limits { safeguarding: true, ..theirs.clone() };
        let focal = Limits { safeguarding: true, ..Limits::default() };
        let of = |filter: &Filter| filter.clone();
        let cases = [
            (of(&acts), &all, Way::Newest),
            (Filter { before: Some(9), ..of(&acts) }, &all, Way::Newest),
            (of(&rows), &all, Way::Back),
            (of(&acts), &focal, Way::Back),
            (Filter { upto: Some(9), ..of(&acts) }, &all, Way::Back),
            (Filter { from: NaiveDate::from_ymd_opt(2026, 1, 1), ..of(&acts) }, &all, Way::Back),
            (Filter { entity: Some(thing), actor: Some(person), ..of(&acts) }, &all, Way::Thing),
            (Filter { actor: Some(person), ..of(&rows) }, &all, Way::Person(person)),
            (Filter { actor: Some(thing), ..of(&rows) }, &own, Way::Person(thing)),
            (of(&acts), &own, Way::Person(person)),
            (of(&acts), &theirs, Way::Projects(&[project])),
            (of(&acts), &many, Way::Back),
            // safeguarding's stream belongs to no project
            (of(&acts), &both, Way::Back),
            (Filter { action: Some("value.".into()), ..of(&acts) }, &all, Way::Family("value")),
            (Filter { action: Some("value.".into()), ..of(&rows) }, &all, Way::Back),
            (Filter { action: Some("value.saved".into()), ..of(&acts) }, &all, Way::Back),
        ];
        for (filter, within, expected) in cases {
            assert_eq!(way(&filter, within), expected, "{filter:?} {within:?}");
        }
    }
}
