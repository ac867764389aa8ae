//! Registers as they stand, and how a plan is written: a handful of statements, whatever the size; a budget by the same as the form of each
//! line.

use std::collections::{BTreeMap, HashMap, HashSet};

use rust_decimal::Decimal;
use uuid::Uuid;

use super::Register;
use super::budget::{LineEdit, Money, Standing};
use super::locations::{Place, PlaceEdit};
use super::plan::{Stand, Work};
use super::targets::{Aims, Measure, TargetEdit};
use crate::access::Writer;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{BudgetLineId, IndicatorId, LocationId, PeriodId, ProjectId, ResultNodeId, TargetId};
use crate::projects::indicators::changes::{self, Why};
use crate::projects::indicators::{self, WhyForm};
use crate::projects::{budgets, framework, imports, periods, rollup};

/// Nobody else changes the register until the end of the transaction, or what it rests on: of one project imports first, then the
/// framework, then its periods. Answers why targets are changed.
pub(super) async fn hold(w: &mut Writer, register: Register, why: &WhyForm) -> Result<Option<Why>> {
    match register {
        Register::Locations => {
            sqlx::query!("select pg_advisory_xact_lock(hashtextextended('import:locations:' || (select app.tenant())::text, 0))")
                .execute(w.conn())
                .await?;
            Ok(None)
        }
        Register::Budget(project) => {
            imports::hold(w, project).await?;
            framework::hold_shared(w.conn(), project).await?;
            Ok(None)
        }
        Register::Targets(project) => {
            imports::hold(w, project).await?;
            let status = framework::hold_open(w.conn(), project).await?;
            let why = why.parse(status)?;
            periods::hold_all(w.conn(), project).await?;
            Ok(Some(why))
        }
    }
}

/// A register as it stands.
pub(super) async fn stand(conn: &mut sqlx::PgConnection, register: Register) -> Result<Stand> {
    Ok(match register {
        Register::Locations => Stand::Locations(places(conn).await?),
        Register::Budget(project) => Stand::Budget(money(conn, project).await?),
        Register::Targets(project) => Stand::Targets(aims(conn, project).await?),
    })
}

async fn places(conn: &mut sqlx::PgConnection) -> Result<Vec<Place>> {
    Ok(sqlx::query_as!(
        Place,
        r#"select l.id as "id: LocationId", l.code, l.name, l.parent_id as "parent: LocationId", l.admin_level as level, l.lat, l.lon,
             l.population, l.active, l.row_version,
             exists(select from app.project_location pl where pl.tenant_id = l.tenant_id and pl.location_id = l.id) as "used!"
           from app.location l order by l.code"#
    )
    .fetch_all(conn)
    .await?)
}

async fn money(conn: &mut sqlx::PgConnection, project: ProjectId) -> Result<Money> {
    let lines = sqlx::query!(
        r#"select id as "id: BudgetLineId", code, name, result_node_id as "node: ResultNodeId", row_version from app.budget_line
           where project_id = $1 and deleted_at is null order by code"#,
        project.0
    )
    .fetch_all(&mut *conn)
    .await?;
    let amounts = sqlx::query!(
        r#"select line_id as "line: BudgetLineId", quarter, planned, spent from app.budget_amount where project_id = $1"#,
        project.0
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut by_line: HashMap<BudgetLineId, BTreeMap<_, _>> = HashMap::new();
    for row in amounts {
        by_line.entry(row.line).or_default().insert(row.quarter, (row.planned, row.spent));
    }
    let lines = lines.into_iter().map(|row| Standing {
        amounts: by_line.remove(&row.id).unwrap_or_default(),
        id: row.id,
        code: row.code,
        name: row.name,
        node: row.node,
        row_version: row.row_version,
    });
    let lines = lines.collect();
    let nodes = framework::nodes(conn, project).await?.into_iter().map(|node| (node.number, node.id)).collect();
    Ok(Money { lines, nodes })
}

async fn aims(conn: &mut sqlx::PgConnection, project: ProjectId) -> Result<Aims> {
    let indicators = indicators::of_project(&mut *conn, project, None).await?;
    // places of targets too that the project has left meanwhile
    let places = sqlx::query!(
        r#"select l.id as "id: LocationId", l.code from app.location l
           where exists(select from app.project_location pl
               where pl.tenant_id = l.tenant_id and pl.location_id = l.id and pl.project_id = $1)
             or exists(select from app.target t where t.tenant_id = l.tenant_id and t.location_id = l.id and t.project_id = $1)"#,
        project.0
    )
    .fetch_all(&mut *conn)
    .await?;
    let there = sqlx::query!(
        r#"select indicator_id as "indicator: IndicatorId", period_id as "period: PeriodId", location_id as "place: LocationId", value, note
           from app.target where project_id = $1"#,
        project.0
    )
    .fetch_all(&mut *conn)
    .await?;
    let measure =
        |of: indicators::Indicator| Measure { id: of.id, code: of.code, title: of.title, kind: of.method.kind, frequency: of.frequency };
    Ok(Aims {
        measures: indicators.into_iter().map(measure).collect(),
        periods: periods::of_project(conn, project).await?,
        places: places.into_iter().map(|row| (row.code, row.id)).collect(),
        there: there.into_iter().map(|row| ((row.indicator, row.period, row.place), (row.value, row.note))).collect(),
    })
}

/// Writes a plan.
///
/// # Errors
/// `register_changed`, where somebody changed what was read; or the database's.
pub(super) async fn write(w: &mut Writer, register: Register, work: &Work, why: Option<&Why>) -> Result<()> {
    match (register, work) {
        (Register::Locations, Work::Locations(edits)) => write_places(w, edits).await,
        (Register::Budget(project), Work::Budget(edits)) => write_lines(w, project, edits).await,
        (Register::Targets(project), Work::Targets(edits)) => write_targets(w, project, edits, why).await,
        _ => Err(Error::Rule("register_wrong")),
    }
}

/// As many rows as were meant, or somebody came between.
fn expect(done: u64, meant: usize) -> Result<()> {
    if u64::try_from(meant) == Ok(done) { Ok(()) } else { Err(Error::Rule("register_changed")) }
}

/// Places as columns, written at once.
#[derive(Default)]
struct Columns {
    ids: Vec<Uuid>,
    codes: Vec<String>,
    names: Vec<String>,
    parents: Vec<Option<Uuid>>,
    levels: Vec<i16>,
    lats: Vec<Option<Decimal>>,
    lons: Vec<Option<Decimal>>,
    populations: Vec<Option<i32>>,
    actives: Vec<bool>,
    versions: Vec<i32>,
}

impl Columns {
    fn add(&mut self, id: Uuid, edit: &PlaceEdit, parent: Option<Uuid>) {
        self.ids.push(id);
        self.codes.push(edit.code.clone());
        self.names.push(edit.name.clone());
        self.parents.push(parent);
        self.levels.push(edit.level);
        self.lats.push(edit.lat);
        self.lons.push(edit.lon);
        self.populations.push(edit.population);
        self.actives.push(edit.active);
        self.versions.push(edit.there.map_or(0, |(_, version)| version));
    }
}

async fn write_places(w: &mut Writer, edits: &[PlaceEdit]) -> Result<()> {
    let known = sqlx::query!("select id, code from app.location").fetch_all(w.conn()).await?;
    let mut ids: HashMap<String, Uuid> = known.into_iter().map(|row| (row.code, row.id)).collect();
    for edit in edits.iter().filter(|edit| edit.there.is_none()) {
        ids.insert(edit.code.clone(), LocationId::new().0);
    }
    let (mut fresh, mut changed) = (Columns::default(), Columns::default());
    for edit in edits {
        let parent = match &edit.parent {
            None => None,
            Some(code) => Some(*ids.get(code).ok_or(Error::Rule("register_changed"))?),
        };
        let id = ids.get(&edit.code).copied().ok_or(Error::Rule("register_changed"))?;
        let columns = if edit.there.is_none() { &mut fresh } else { &mut changed };
        columns.add(id, edit, parent);
    }
    insert_places(w, &fresh).await?;
    update_places(w, &changed).await
}

/// One statement: what a new place lies in may be new too, whatever the order.
async fn insert_places(w: &mut Writer, fresh: &Columns) -> Result<()> {
    let done = sqlx::query!(
        "insert into app.location (tenant_id, id, parent_id, code, name, admin_level, lat, lon, population, active)
         select (select app.tenant()), t.id, t.parent_id, t.code, t.name, t.level, t.lat, t.lon, t.population, t.active
         from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::smallint[], $6::numeric[], $7::numeric[], $8::int[], $9::boolean[])
           as t(id, parent_id, code, name, level, lat, lon, population, active)
         on conflict (tenant_id, code) do nothing",
        &fresh.ids,
        &fresh.parents as &[Option<Uuid>],
        &fresh.codes,
        &fresh.names,
        &fresh.levels,
        &fresh.lats as &[Option<Decimal>],
        &fresh.lons as &[Option<Decimal>],
        &fresh.populations as &[Option<i32>],
        &fresh.actives
    )
    .execute(w.conn())
    .await?;
    expect(done.rows_affected(), fresh.ids.len())
}

async fn update_places(w: &mut Writer, changed: &Columns) -> Result<()> {
    let done = sqlx::query!(
        "update app.location l set parent_id = t.parent_id, name = t.name, admin_level = t.level, lat = t.lat, lon = t.lon,
           population = t.population, active = t.active
         from unnest($1::uuid[], $2::uuid[], $3::text[], $4::smallint[], $5::numeric[], $6::numeric[], $7::int[], $8::boolean[], $9::int[])
           as t(id, parent_id, name, level, lat, lon, population, active, row_version)
         where l.id = t.id and l.row_version = t.row_version",
        &changed.ids,
        &changed.parents as &[Option<Uuid>],
        &changed.names,
        &changed.levels,
        &changed.lats as &[Option<Decimal>],
        &changed.lons as &[Option<Decimal>],
        &changed.populations as &[Option<i32>],
        &changed.actives,
        &changed.versions
    )
    .execute(w.conn())
    .await?;
    expect(done.rows_affected(), changed.ids.len())
}

/// New lines first, then the amounts of each as its form writes them, in the order in which a form does.
async fn write_lines(w: &mut Writer, project: ProjectId, edits: &[LineEdit]) -> Result<()> {
    let stale = |error: Error| if matches!(error, Error::Stale) { Error::Rule("register_changed") } else { error };
    let mut lines: Vec<(BudgetLineId, i32, &LineEdit)> = Vec::with_capacity(edits.len());
    let (mut ids, mut fresh) = (Vec::new(), Vec::new());
    for edit in edits {
        let (id, version) = edit.there.unwrap_or_else(|| (BudgetLineId::new(), 1));
        if edit.there.is_none() {
            ids.push(id.0);
            fresh.push(edit);
        }
        lines.push((id, version, edit));
    }
    sqlx::query!(
        "insert into app.budget_line (id, project_id, code, name, result_node_id)
         select t.id, $1, t.code, t.name, t.node from unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[]) as t(id, code, name, node)",
        project.0,
        &ids,
        &fresh.iter().map(|edit| edit.code.clone()).collect::<Vec<_>>(),
        &fresh.iter().map(|edit| edit.name.clone()).collect::<Vec<_>>(),
        &fresh.iter().map(|edit| edit.node.map(|node| node.0)).collect::<Vec<_>>() as &[Option<Uuid>]
    )
    .execute(w.conn())
    .await
    .map_err(|error| Error::on_duplicate(error, Error::Rule("register_changed")))?;
    lines.sort_by_key(|(id, ..)| *id);
    for (id, version, edit) in lines {
        // an amount made a new version
        let (_, version) = budgets::save_line(w, project, id, version, &edit.amounts).await.map_err(stale)?;
        if edit.there.is_none() || !edit.renamed {
            continue;
        }
        let done = sqlx::query!(
            "update app.budget_line set name = $3, result_node_id = $4
             where project_id = $1 and id = $2 and row_version = $5 and deleted_at is null",
            project.0,
            id.0,
            edit.name,
            edit.node.map(|node| node.0),
            version
        )
        .execute(w.conn())
        .await?;
        expect(done.rows_affected(), 1)?;
    }
    Ok(())
}

/// Targets at once, with what changed of approved indicators, and the figures that follow from them.
async fn write_targets(w: &mut Writer, project: ProjectId, edits: &[TargetEdit], why: Option<&Why>) -> Result<()> {
    let column = |of: fn(&TargetEdit) -> Uuid| edits.iter().map(of).collect::<Vec<_>>();
    sqlx::query!(
        "insert into app.target (id, project_id, indicator_id, period_id, location_id, value, note)
         select f.id, $1, f.indicator, f.period, f.place, f.value, f.note
         from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::numeric[], $7::text[])
           as f(id, indicator, period, place, value, note)
         on conflict (tenant_id, indicator_id, period_id, location_id) do update set value = excluded.value, note = excluded.note",
        project.0,
        &column(|_| TargetId::new().0),
        &column(|edit| edit.indicator.0),
        &column(|edit| edit.period.0),
        &edits.iter().map(|edit| edit.place.map(|place| place.0)).collect::<Vec<_>>() as &[Option<Uuid>],
        &edits.iter().map(|edit| edit.value).collect::<Vec<_>>(),
        &edits.iter().map(|edit| edit.note.clone()).collect::<Vec<_>>()
    )
    .execute(w.conn())
    .await?;
    if let Some(why) = why {
        let mut told: BTreeMap<IndicatorId, Vec<(String, String, String)>> = BTreeMap::new();
        for edit in edits {
            told.entry(edit.indicator).or_default().extend(fields_of(edit));
        }
        for (indicator, fields) in told {
            changes::note(w, project, indicator, why, &fields).await?;
        }
    }
    let touched: HashSet<_> = edits.iter().map(|edit| (edit.indicator, edit.period)).collect();
    rollup::recompute(w.conn(), project, &touched.into_iter().collect::<Vec<_>>()).await
}

/// What changes of an indicator, as its page tells it: the figure, and the note.
fn fields_of(edit: &TargetEdit) -> [(String, String, String); 2] {
    // as much as the name of a field may be
    let field = |text: String| text.chars().take(120).collect::<String>();
    let (value, note) = edit.was.as_ref().map(|(value, note)| (value.normalize().to_string(), note.clone())).unwrap_or_default();
    [
        (field(format!("target-{}", edit.name)), value, edit.value.normalize().to_string()),
        (field(format!("target-{} (note)", edit.name)), note, edit.note.clone()),
    ]
}
