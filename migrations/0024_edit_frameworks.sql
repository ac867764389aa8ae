-- The results framework is edited, approved and revised. What was approved stays readable as it was, and nothing of an approved framework
-- changes until somebody says why it is revised.
set role kipimo_owner;

-- a project's own names of its levels, top down; empty for those of the template
alter table app.project add column framework_levels text[] not null default '{}'
    check (cardinality(framework_levels) <= 8 and array_position(framework_levels, null) is null),
  add column revision_reason text check (length(revision_reason) between 3 and 500);
alter table app.result_node add column risks text not null default '' check (length(risks) <= 4000);

-- Immutable: what was approved.
create table app.framework_version (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  project_id uuid not null,
  version int not null check (version > 0),
  content bytea not null check (octet_length(content) <= 8388608),   -- RFC 8785 bytes
  sha256 bytea not null check (sha256 = sha256(content)),
  reason text not null check (length(reason) between 3 and 500),
  revision_reason text check (length(revision_reason) between 3 and 500),   -- why it was revised; none for the first
  approved_by uuid not null default app.actor(),
  approved_at timestamptz not null default now(),
  primary key (tenant_id, id),
  unique (tenant_id, project_id, version),
  foreign key (tenant_id, project_id) references app.project (tenant_id, id)
);
create function app.refuse_version_change() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'an approved framework never changes' using errcode = 'insufficient_privilege';
end
$$;
create trigger immutable before update or delete on app.framework_version for each row execute function app.refuse_version_change();
call app.protect('app.framework_version');
call app.keep_to_programmes('app.framework_version', 'project_id = any ((select gate.projects_in_scope())::uuid[])');
call app.watch('app.framework_version', 'content');
create policy own_approval on app.framework_version as restrictive for insert to kipimo_tenant
  with check (approved_by = (select app.actor()) and approved_at = now());
grant select, insert on app.framework_version to kipimo_tenant;

-- Whatever way a change comes: an approved framework is as it was approved.
create function app.keep_approved() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
  _old uuid := case when tg_op <> 'INSERT' then old.project_id end;
  _new uuid := case when tg_op <> 'DELETE' then new.project_id end;
begin
  if exists (select from app.project p where p.tenant_id = coalesce(new.tenant_id, old.tenant_id) and p.id in (_old, _new)
      and p.framework_status = 'approved') then
    raise exception 'framework_approved' using errcode = 'KP001';
  end if;
  return coalesce(new, old);
end
$$;

-- Its levels are part of it, and its state goes the ways that it has: approved with a version, revised with a reason.
create function app.keep_framework_state() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  if old.framework_status = 'approved'
      and (new.framework_template, new.framework_levels) is distinct from (old.framework_template, old.framework_levels) then
    raise exception 'framework_approved' using errcode = 'KP001';
  end if;
  if new.framework_status is distinct from old.framework_status and not (case new.framework_status
      when 'approved' then exists (select from app.framework_version v
        where v.tenant_id = new.tenant_id and v.project_id = new.id and v.approved_at = now())
      when 'under_revision' then old.framework_status = 'approved' and new.revision_reason is not null
      else false end) then
    raise exception 'a state that the framework has no way to' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger keep_framework_state before update of framework_status, framework_template, framework_levels on app.project
  for each row execute function app.keep_framework_state();
create trigger keep_approved before insert or update or delete on app.result_node for each row execute function app.keep_approved();
create trigger keep_approved before insert or update or delete on app.indicator for each row execute function app.keep_approved();
create trigger keep_approved before insert or update or delete on app.target for each row execute function app.keep_approved();

reset role;
