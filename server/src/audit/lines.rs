//! Which way a page of the log is found. In the order of the chain always, the newest first; but where little of much is asked for, by
//! the index that knows where it lies.

use chrono::{DateTime, NaiveDate, Utc};

use super::question::{Filter, Limits, Line, PAGE};
use crate::access::Reader;
use crate::kernel::calendar::begin_of;
use crate::kernel::error::Result;

/// Projects that are looked up one by one; of more, the log is walked.
const MOST_PROJECTS: usize = 50;

/// A way to the lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Acts from the end of the chain, of who reads everything and asks for nothing in particular: the page that is opened most often.
    Newest,
    /// Everything about one thing.
    Thing,
    /// Everything that one person did.
    Person,
    /// Everything in a few projects.
    Projects,
    /// Acts of one kind.
    Family,
    /// Back from the end of the chain, or of the days that are asked for, line by line.
    Back,
}

fn way(filter: &Filter, within: &Limits) -> Way {
    let Filter { action, actor, entity, project, from, to, before: _, upto, acts_only } = filter;
    let action = action.as_deref().unwrap_or_default();
    let everything = within.rest && within.projects.is_none() && within.own.is_none();
    if entity.is_some() {
        return Way::Thing;
    }
    // safeguarding's stream is read whoever did it, and in no project
    if actor.is_some() || (within.own.is_some() && !within.safeguarding) {
        return Way::Person;
    }
    if within.projects.as_ref().is_some_and(|few| few.len() <= MOST_PROJECTS) && !within.safeguarding {
        return Way::Projects;
    }
    if has_family(filter) {
        return Way::Family;
    }
    let whole = action.is_empty() && project.is_none() && from.is_none() && to.is_none() && upto.is_none();
    if *acts_only && everything && whole { Way::Newest } else { Way::Back }
}

/// Whether acts of one kind are asked for.
fn has_family(filter: &Filter) -> bool {
    filter.acts_only && filter.action.as_deref().is_some_and(|action| action.contains('.'))
}

/// Lines from a query of links, which is cut to a page before anything else is looked up: the log is never sorted as a whole.
macro_rules! lines_of {
    ([$($links:expr),+], $($value:expr),+) => {
        sqlx::query_as!(
            Line,
            r#"select e.seq as "seq!", e.at as "at!", e.kind as "kind!", e.action as "action!", e.entity_type, e.entity_id,
                 e.actor_kind as "actor_kind!", e.actor_id, null as "actor?", false as "operator!", e.impersonator_id, e.result as "result!",
                 p.code as "project?"
               from ("#
                $(+ $links)+
                + ") e left join app.project p on p.tenant_id = e.tenant_id and p.id = e.project_id order by e.seq desc",
            $($value),+
        )
    };
}

/// The lines of a page. `$links` says which links `k` come into question; `$before` and `$after` stand around all of it. `offset 0` keeps
/// the order of work whatever the planner knows of the filters: back along an index of links, event by event, until the page is full.
macro_rules! page_of {
    ($before:literal, $links:literal, $after:literal, $ask:expr) => {
        lines_of!(
            [
                $before,
                "select k.tenant_id, k.seq, v.at, v.kind, v.action, v.entity_type, v.entity_id, v.actor_kind, v.actor_id,
                   v.impersonator_id, v.result, v.project_id
                 from audit.link k
                 cross join lateral (select * from audit.event x where x.tenant_id = k.tenant_id and x.id = k.event_id offset 0) v
                 where ",
                $links,
                " and k.seq < $1 and k.seq > $2 and k.seq <= $3 and ($4::text is null or starts_with(v.action, $4)) and ($5::uuid is null or v.actor_id = $5)
                  and ($6::uuid is null or v.entity_id = $6
                    or v.entity_id is null and exists (select from audit.touched x where x.tenant_id = v.tenant_id and x.entity_id = $6 and x.event_id = v.id))
                  and ($7::timestamptz is null or v.at >= $7) and ($8::timestamptz is null or v.at < $8)
                  and (k.act or not $9)
                  and case when starts_with(v.action, 'safeguarding.') then $10
                    else $11 and ($12::uuid[] is null or v.project_id = any ($12)) and ($13::uuid is null or v.actor_id = $13) end
                order by k.seq desc limit $14",
                $after
            ],
            $ask.before,
            $ask.above,
            $ask.upto,
            $ask.action,
            $ask.filter.actor,
            $ask.filter.entity,
            $ask.from,
            $ask.to,
            $ask.filter.acts_only,
            $ask.within.safeguarding,
            $ask.within.rest,
            $ask.within.projects.as_deref(),
            $ask.within.own,
            $ask.limit
        )
        .fetch_all($ask.reader.conn())
        .await?
    };
}

/// What is asked of the database.
struct Ask<'a> {
    reader: &'a mut Reader,
    filter: &'a Filter,
    within: &'a Limits,
    limit: i64,
    action: Option<&'a str>,
    /// From this moment to before that one: the days that are asked for, where the organisation is.
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
    /// Before this place, above that one, and up to a third: they hold all days that are asked for.
    before: i64,
    above: i64,
    upto: i64,
}

/// The lines of a page, without names.
pub(super) async fn of(reader: &mut Reader, filter: &Filter, within: &Limits, limit: i64) -> Result<Vec<Line>> {
    let begin = |day: NaiveDate| begin_of(day, within.zone);
    let (from, to) = (filter.from.map(begin), filter.to.and_then(|day| day.succ_opt()).map(begin));
    let (before, upto) = (filter.before.unwrap_or(i64::MAX), filter.upto.unwrap_or(i64::MAX));
    let action = filter.action.as_deref().filter(|action| !action.is_empty());
    let mut ask = Ask { reader, filter, within, limit, action, from, to, before, above: 0, upto };
    let way = way(filter, within);
    if way == Way::Newest && filter.before.is_none() && limit == PAGE {
        return newest(ask.reader, within.safeguarding).await;
    }
    if filter.from.is_some() || filter.to.is_some() {
        days(&mut ask).await?;
    }
    let (acts, family) = (filter.acts_only, has_family(filter));
    Ok(match (way, acts, family) {
        (Way::Thing, ..) => page_of!(
            "",
            "k.event_id = any (array(select t.id from audit.event t where t.entity_id = $6::uuid
               union all select x.event_id from audit.touched x where x.entity_id = $6::uuid))",
            "",
            ask
        ),
        (Way::Person, true, true) => {
            page_of!("", "k.act and k.actor_id = coalesce($5::uuid, $13::uuid) and k.family = split_part($4::text, '.', 1)", "", ask)
        }
        (Way::Person, true, false) => page_of!("", "k.act and k.actor_id = coalesce($5::uuid, $13::uuid)", "", ask),
        (Way::Person, false, _) => page_of!("", "k.actor_id = coalesce($5::uuid, $13::uuid)", "", ask),
        (Way::Projects, true, true) => page_of!(
            "select z.* from unnest($12::uuid[]) w(id) cross join lateral (",
            "k.act and k.project_id = w.id and k.family = split_part($4::text, '.', 1)",
            ") z order by z.seq desc limit $14",
            ask
        ),
        (Way::Projects, true, false) => page_of!(
            "select z.* from unnest($12::uuid[]) w(id) cross join lateral (",
            "k.act and k.project_id = w.id",
            ") z order by z.seq desc limit $14",
            ask
        ),
        (Way::Projects, false, _) => page_of!(
            "select z.* from unnest($12::uuid[]) w(id) cross join lateral (",
            "k.project_id = w.id",
            ") z order by z.seq desc limit $14",
            ask
        ),
        (Way::Family, ..) => page_of!("", "k.act and k.family = split_part($4::text, '.', 1)", "", ask),
        (Way::Newest | Way::Back, true, _) => page_of!("", "k.act", "", ask),
        (Way::Newest | Way::Back, false, _) => page_of!("", "true", "", ask),
    })
}

/// The newest acts, for who reads everything but perhaps safeguarding: the page that is opened most often. The database plans it once and
/// not at each opening, since there is next to nothing to choose: any number of lines, before any place, would each have a plan of its own.
async fn newest(reader: &mut Reader, safeguarding: bool) -> Result<Vec<Line>> {
    const { assert!(PAGE == 25, "as the statement has it") };
    let rows = lines_of!(
        ["select k.tenant_id, k.seq, v.at, v.kind, v.action, v.entity_type, v.entity_id, v.actor_kind, v.actor_id,
            v.impersonator_id, v.result, v.project_id
          from audit.link k
          cross join lateral (select * from audit.event x where x.tenant_id = k.tenant_id and x.id = k.event_id offset 0) v
          where k.act and ($1 or k.family <> 'safeguarding')
          order by k.seq desc limit 25"],
        safeguarding
    );
    Ok(rows.fetch_all(reader.conn()).await?)
}

/// Between which places all events of the days lie, told by the acts around them. What is written by a change takes its place at the end
/// of it: that is an hour later at most, see `gate.seal`; and so a clock may have been wrong by as much, and no more.
async fn days(ask: &mut Ask<'_>) -> Result<()> {
    let row = sqlx::query!(
        r#"select
             (select k.seq from (select * from audit.event v where v.kind = 'act' and v.at < $1::timestamptz - interval '1 hour' order by v.at desc limit 1) v
               join audit.link k on k.tenant_id = v.tenant_id and k.event_id = v.id) as above,
             (select k.seq from (select * from audit.event v where v.kind = 'act' and v.at > $2::timestamptz + interval '1 hour' order by v.at limit 1) v
               join audit.link k on k.tenant_id = v.tenant_id and k.event_id = v.id) as upto"#,
        ask.from,
        ask.to
    )
    .fetch_one(ask.reader.conn())
    .await?;
    ask.above = row.above.unwrap_or(0);
    ask.upto = ask.upto.min(row.upto.unwrap_or(i64::MAX));
    Ok(())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

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
            (Filter { actor: Some(person), ..of(&rows) }, &all, Way::Person),
            (Filter { actor: Some(thing), ..of(&rows) }, &own, Way::Person),
            (of(&acts), &own, Way::Person),
            (of(&acts), &theirs, Way::Projects),
            (of(&acts), &many, Way::Back),
            (of(&acts), &both, Way::Back),
            (Filter { action: Some("value.".into()), ..of(&acts) }, &all, Way::Family),
            (Filter { action: Some("value.".into()), ..of(&rows) }, &all, Way::Back),
            (Filter { action: Some("value.saved".into()), ..of(&acts) }, &all, Way::Family),
            (Filter { action: Some("val".into()), ..of(&acts) }, &all, Way::Back),
        ];
        for (filter, within, expected) in cases {
            assert_eq!(way(&filter, within), expected, "{filter:?} {within:?}");
        }
    }
}
