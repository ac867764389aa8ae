-- What a figure refers to is asked once a statement instead of four times a row: its indicator, period, place and import are of its project
-- and its organisation. None of them is ever deleted by a login of the server, none changes its project, and a figure stays where it was
-- reported.
set role kipimo_owner;

alter table app.indicator_value drop constraint indicator_value_tenant_id_project_id_indicator_id_fkey,
  drop constraint indicator_value_tenant_id_project_id_period_id_fkey,
  drop constraint indicator_value_tenant_id_location_id_fkey,
  drop constraint indicator_value_tenant_id_project_id_import_id_fkey;

-- its indicator and period, as those of the rollup,
create trigger refuse_orphans after insert on app.indicator_value referencing new table as new_rows
  for each statement execute function app.refuse_orphans();

-- its place and import
create function app.refuse_stray_figures() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  if exists (
    select from (select distinct tenant_id, location_id from new_rows where location_id is not null) n
    where not exists (select from app.location l where l.tenant_id = n.tenant_id and l.id = n.location_id)
  ) or exists (
    select from (select distinct tenant_id, project_id, import_id from new_rows where import_id is not null) n
    where not exists (select from app.import_job j where j.tenant_id = n.tenant_id and j.project_id = n.project_id and j.id = n.import_id)
  ) then
    raise exception 'a figure of no place of its organisation or no import of its project' using errcode = 'foreign_key_violation';
  end if;
  return null;
end
$$;
create trigger refuse_stray_figures after insert on app.indicator_value referencing new table as new_rows
  for each statement execute function app.refuse_stray_figures();

-- Entered anew by hand, it is no longer of an import; it never becomes one of another.
create function app.keep_reported() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  if (new.project_id, new.indicator_id, new.period_id, new.location_id) is distinct from (old.project_id, old.indicator_id, old.period_id, old.location_id)
     or (new.import_id is not null and new.import_id is distinct from old.import_id) then
    raise exception 'a figure stays where it was reported' using errcode = 'insufficient_privilege';
  end if;
  return new;
end
$$;
create trigger keep_reported before update of project_id, indicator_id, period_id, location_id, import_id on app.indicator_value
  for each row execute function app.keep_reported();

create function app.keep_project() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  if new.project_id is distinct from old.project_id then
    raise exception 'it stays in its project' using errcode = 'insufficient_privilege';
  end if;
  return new;
end
$$;
create trigger keep_project before update of project_id on app.indicator for each row execute function app.keep_project();
create trigger keep_project before update of project_id on app.reporting_period for each row execute function app.keep_project();
create trigger keep_project before update of project_id on app.import_job for each row execute function app.keep_project();

-- The other way round: what a figure refers to is not deleted, whoever tries, and whatever they see of the figures.
grant select on app.indicator_value to kipimo_gate;
set role kipimo_gate;
create function gate.keep_referred() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _referred boolean;
begin
  execute format('select exists (select from app.indicator_value v where v.tenant_id = $1 and v.%I = $2)', tg_argv[0])
    into _referred using old.tenant_id, old.id;
  if _referred then
    raise exception 'figures refer to it' using errcode = 'foreign_key_violation';
  end if;
  return old;
end
$$;
grant execute on function gate.keep_referred() to kipimo_owner;
set role kipimo_owner;
create trigger keep_referred before delete on app.indicator for each row execute function gate.keep_referred('indicator_id');
create trigger keep_referred before delete on app.reporting_period for each row execute function gate.keep_referred('period_id');
create trigger keep_referred before delete on app.location for each row execute function gate.keep_referred('location_id');
create trigger keep_referred before delete on app.import_job for each row execute function gate.keep_referred('import_id');

-- All figures of a project, oldest first, a page at a time: in the order of this, however many there are.
create index indicator_value_by_project on app.indicator_value (tenant_id, project_id, id);

reset role;
