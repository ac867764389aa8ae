-- What is written by the ten thousand.
-- Foreign keys of its tables, each a look-up for every row: those that others imply, and those that
-- can be asked once a statement.
set role kipimo_owner;

-- A row's project, indicator, period or job belongs to its organisation by a key of its own, and that to app.tenant.
alter table app.indicator_value drop constraint indicator_value_tenant_id_fkey;
alter table app.period_rollup drop constraint period_rollup_tenant_id_fkey;
alter table app.period_breakdown drop constraint period_breakdown_tenant_id_fkey;
alter table app.import_issue drop constraint import_issue_tenant_id_fkey;

-- What the rollup says is of an indicator and a period of its project: asked once a statement instead of twice a row. Nobody may
-- change these rows, they are made and deleted; and neither indicators nor periods are ever deleted by a login of the server.
alter table app.period_rollup drop constraint period_rollup_tenant_id_project_id_indicator_id_fkey,
  drop constraint period_rollup_tenant_id_project_id_period_id_fkey;
alter table app.period_breakdown drop constraint period_breakdown_tenant_id_project_id_indicator_id_fkey,
  drop constraint period_breakdown_tenant_id_project_id_period_id_fkey;
revoke update on app.period_rollup, app.period_breakdown from kipimo_tenant;
create function app.refuse_orphans() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  if exists (
    select from (select distinct tenant_id, project_id, indicator_id from new_rows) n
    where not exists (select from app.indicator i where i.tenant_id = n.tenant_id and i.project_id = n.project_id and i.id = n.indicator_id)
  ) or exists (
    select from (select distinct tenant_id, project_id, period_id from new_rows) n
    where not exists (select from app.reporting_period p where p.tenant_id = n.tenant_id and p.project_id = n.project_id and p.id = n.period_id)
  ) then
    raise exception 'a figure of no indicator or period of its project' using errcode = 'foreign_key_violation';
  end if;
  return null;
end
$$;
create trigger refuse_orphans after insert on app.period_rollup referencing new table as new_rows
  for each statement execute function app.refuse_orphans();
create trigger refuse_orphans after insert on app.period_breakdown referencing new table as new_rows
  for each statement execute function app.refuse_orphans();

-- A link is made by gate.seal() alone, of what the same transaction wrote to audit.event; neither can be changed or deleted after
-- that, and `kipimo audit verify` names a link without its event.
alter table audit.link drop constraint link_tenant_id_event_id_fkey;

-- What a transaction has yet to seal grows with each of its statements: it is not packed anew each time.
alter table audit.pending alter column ids set storage external, alter column acts set storage external,
  alter column hashes set storage external, alter column actors set storage external, alter column projects set storage external,
  alter column families set storage external;

reset role;
