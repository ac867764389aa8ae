-- An organisation has templates of its own: levels that its projects begin from. A project copies them, so that a template that changes
-- later changes no project.
set role kipimo_owner;

create table app.framework_template (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  name text not null check (length(name) between 1 and 120),
  -- top down, each {label: by language, iati_result_type, allow_indicators}
  levels jsonb not null check (jsonb_typeof(levels) = 'array' and jsonb_array_length(levels) between 1 and 8
    and octet_length(levels::text) <= 16384),
  archived boolean not null default false,
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  updated_at timestamptz not null default now(),
  updated_by uuid,
  row_version int not null default 1,
  primary key (tenant_id, id)
);
create unique index framework_template_by_name on app.framework_template (tenant_id, lower(name));
call app.protect('app.framework_template');
call app.watch('app.framework_template');
grant select, insert, update on app.framework_template to kipimo_tenant;

-- What is said of a project's own levels, top down, as far as it is said: the standard's list ResultType, and whether results of the level
-- carry indicators.
alter table app.project
  add column framework_result_types smallint[] not null default '{}',
  add column framework_level_indicators boolean[] not null default '{}',
  add constraint framework_result_types_known check (framework_result_types <@ '{1,2,3,9}'::smallint[]
    and array_position(framework_result_types, null) is null
    and cardinality(framework_result_types) <= cardinality(framework_levels)),
  add constraint framework_level_indicators_known check (array_position(framework_level_indicators, null) is null
    and cardinality(framework_level_indicators) <= cardinality(framework_levels));

-- They are part of the levels, which stay as they were approved.
create or replace function app.keep_framework_state() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  if old.framework_status = 'approved'
      and (new.framework_template, new.framework_levels, new.framework_result_types, new.framework_level_indicators)
        is distinct from (old.framework_template, old.framework_levels, old.framework_result_types, old.framework_level_indicators) then
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
drop trigger keep_framework_state on app.project;
create trigger keep_framework_state
  before update of framework_status, framework_template, framework_levels, framework_result_types, framework_level_indicators on app.project
  for each row execute function app.keep_framework_state();

reset role;
