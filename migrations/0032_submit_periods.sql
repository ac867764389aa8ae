-- A period that was submitted as a whole takes no figures until it is given back. What is said of an indicator in a period: why there is
-- no figure, or why it is off its target.
set role kipimo_owner;

-- Kept on the period itself, so that whoever holds the period's row for an entry sees a submission, and a submission waits for the entry.
alter table app.reporting_period add column submitted boolean not null default false;

create function app.mark_submitted() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  update app.reporting_period p set submitted = new.status in ('submitted', 'verified')
  where p.tenant_id = new.tenant_id and p.project_id = new.project_id and p.id = new.period_id
    and p.submitted <> (new.status in ('submitted', 'verified'));
  return null;
end
$$;
create trigger mark_submitted after insert or update of status on app.period_submission
  for each row execute function app.mark_submitted();

-- Periods that were submitted before this: no event of anybody's, and of every organisation.
alter table app.reporting_period no force row level security, disable trigger user;
alter table app.period_submission no force row level security;
update app.reporting_period p set submitted = true
from app.period_submission s
where s.tenant_id = p.tenant_id and s.project_id = p.project_id and s.period_id = p.id and s.status in ('submitted', 'verified');
alter table app.period_submission force row level security;
alter table app.reporting_period force row level security, enable trigger user;

create table app.period_remark (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  project_id uuid not null,
  period_id uuid not null,
  indicator_id uuid not null,
  kind text not null check (kind in ('no_data', 'deviation')),
  -- empty where it was taken back
  body text not null check (length(body) <= 2000),
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  updated_at timestamptz not null default now(),
  updated_by uuid,
  row_version int not null default 1,
  primary key (tenant_id, id),
  unique (tenant_id, period_id, indicator_id, kind),
  foreign key (tenant_id, project_id, period_id) references app.reporting_period (tenant_id, project_id, id),
  foreign key (tenant_id, project_id, indicator_id) references app.indicator (tenant_id, project_id, id)
);
create index period_remark_by_indicator on app.period_remark (tenant_id, indicator_id, period_id);

call app.protect('app.period_remark');
call app.keep_to_programmes('app.period_remark', 'project_id = any ((select gate.projects_in_scope())::uuid[])');
call app.watch('app.period_remark');
grant select, insert, update on app.period_remark to kipimo_tenant;

reset role;
