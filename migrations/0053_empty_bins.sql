-- What is deleted lies in the bin of its project for thirty days, and can be taken back from there; then the clock deletes it for good.
set role kipimo_owner;

-- A result in the bin is no part of a framework: what was approved does not keep it there.
drop trigger keep_approved on app.result_node;
create trigger keep_approved before insert or update on app.result_node for each row execute function app.keep_approved();
create trigger keep_approved_from_deletion before delete on app.result_node for each row when (old.deleted_at is null)
  execute function app.keep_approved();

create index result_node_in_bin on app.result_node (deleted_at) where deleted_at is not null;
create index budget_line_in_bin on app.budget_line (deleted_at) where deleted_at is not null;
create index report_section_in_bin on app.report_section (deleted_at) where deleted_at is not null;
create index evidence_in_bin on app.evidence (deleted_at) where deleted_at is not null;

grant select, delete on app.result_node, app.budget_line, app.budget_amount, app.report_section, app.report_comment, app.evidence
  to kipimo_gate;
grant select on app.learning_entry, app.published_evidence to kipimo_gate;

set role kipimo_gate;

-- A file in the bin takes room until it is gone.
create or replace function gate.evidence_bytes() returns bigint
language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select coalesce(sum(e.bytes::bigint), 0)::bigint from app.evidence e where e.tenant_id = app.tenant()
$$;

-- The projects in whose bins something has had its time.
create function gate.bins_to_empty() returns table (tenant_id uuid, project_id uuid)
language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select b.tenant_id, b.project_id from (
    select n.tenant_id, n.project_id from app.result_node n where n.deleted_at < now() - interval '30 days'
    union select l.tenant_id, l.project_id from app.budget_line l where l.deleted_at < now() - interval '30 days'
    union select s.tenant_id, s.project_id from app.report_section s where s.deleted_at < now() - interval '30 days'
    union select e.tenant_id, e.project_id from app.evidence e where e.deleted_at < now() - interval '30 days'
  ) b join app.tenant t on t.id = b.tenant_id and t.status = 'active'
  order by 1, 2
$$;

-- Deletes for good what has lain in the bin of a project of this organisation for thirty days, with what belongs to it alone; answers what
-- that was. What something else still names waits for the next time.
create function gate.empty_bin(_project uuid) returns table (kind text, record uuid)
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _tenant uuid := app.tenant();
  _before timestamptz := now() - interval '30 days';
begin
  -- a person who is kept to programmes deletes nothing of another one
  if gate.programmes() <> '{}' and _project <> all (gate.projects_in_scope()) then
    return;
  end if;
  return query with gone as (
      delete from app.evidence e where e.tenant_id = _tenant and e.project_id = _project and e.deleted_at < _before
        and not exists (select from app.published_evidence p where p.tenant_id = e.tenant_id and p.evidence_id = e.id)
      returning e.id)
    select 'evidence'::text, gone.id from gone;
  -- what belongs to a thing goes in the statement that deletes the thing: who takes it back meanwhile gets back all of it
  return query with gone as (
      delete from app.budget_line l where l.tenant_id = _tenant and l.project_id = _project and l.deleted_at < _before returning l.id),
    amounts as (
      delete from app.budget_amount a using gone where a.tenant_id = _tenant and a.project_id = _project and a.line_id = gone.id)
    select 'budget_line'::text, gone.id from gone;
  return query with gone as (
      delete from app.report_section s where s.tenant_id = _tenant and s.project_id = _project and s.deleted_at < _before returning s.id),
    comments as (
      delete from app.report_comment c using gone where c.tenant_id = _tenant and c.project_id = _project and c.section_id = gone.id)
    select 'report_section'::text, gone.id from gone;
  return query with gone as (
      delete from app.result_node n where n.tenant_id = _tenant and n.project_id = _project and n.deleted_at < _before
        and not exists (select from app.result_node c where c.tenant_id = n.tenant_id and c.project_id = n.project_id and c.parent_id = n.id)
        and not exists (select from app.indicator i where i.tenant_id = n.tenant_id and i.result_node_id = n.id)
        and not exists (select from app.budget_line l where l.tenant_id = n.tenant_id and l.project_id = n.project_id and l.result_node_id = n.id)
        and not exists (select from app.evidence e where e.tenant_id = n.tenant_id and e.project_id = n.project_id and e.result_node_id = n.id)
        and not exists (select from app.learning_entry a
          where a.tenant_id = n.tenant_id and a.project_id = n.project_id and a.result_node_id = n.id)
      returning n.id)
    select 'result_node'::text, gone.id from gone;
end
$$;

-- Deletes a piece of evidence in the bin for good, before its time: nobody agreed to be shown, or its room is needed. Answers whether it did.
create function gate.delete_evidence(_evidence uuid) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  delete from app.evidence e where e.tenant_id = app.tenant() and e.id = _evidence and e.deleted_at is not null
    and (gate.programmes() = '{}' or e.project_id = any (gate.projects_in_scope()))
    and not exists (select from app.published_evidence p where p.tenant_id = e.tenant_id and p.evidence_id = e.id);
  return found;
end
$$;

grant execute on function gate.bins_to_empty() to kipimo_worker;
grant execute on function gate.empty_bin(uuid), gate.delete_evidence(uuid) to kipimo_tenant;

reset role;
