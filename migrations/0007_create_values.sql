-- Figures: values, the envelope of a period, imports, and the rollup that pages read.
set role kipimo_owner;

create table app.import_job (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  project_id uuid not null,
  kind text not null default 'values' check (kind in ('values')),
  filename text not null check (length(filename) <= 200),
  sha256 bytea not null check (octet_length(sha256) = 32),
  mapping jsonb not null,
  content bytea,                  -- kept between the dry run and the decision, at most a day
  status text not null check (status in ('parsed', 'has_errors', 'ready', 'applied', 'failed', 'undone')),
  rows_total int not null default 0,
  rows_valid int not null default 0,
  values_total int not null default 0,
  errors int not null default 0,
  warnings int not null default 0,
  creates jsonb not null default '{"locations": [], "location_count": 0, "periods": [], "period_count": 0}',
  applied_at timestamptz,
  undone_at timestamptz,
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  updated_at timestamptz not null default now(),
  updated_by uuid,
  row_version int not null default 1,
  primary key (tenant_id, id),
  unique (tenant_id, project_id, id),
  foreign key (tenant_id, project_id) references app.project (tenant_id, id)
);
create index import_job_by_project on app.import_job (tenant_id, project_id, created_at desc);

create table app.import_issue (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  import_id uuid not null,
  ord int not null,
  row_number int not null,
  column_name text check (length(column_name) <= 200),
  severity text not null check (severity in ('critical', 'error', 'warning')),
  code text not null check (length(code) <= 60),
  value text not null default '' check (length(value) <= 400),
  other_row int,
  primary key (tenant_id, id),
  unique (tenant_id, import_id, ord),
  foreign key (tenant_id, import_id) references app.import_job (tenant_id, id)
);

create table app.period_submission (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  project_id uuid not null,
  period_id uuid not null,
  status text not null default 'in_progress' check (status in ('in_progress', 'submitted', 'returned', 'verified')),
  submitted_by uuid,
  submitted_at timestamptz,
  reviewed_by uuid,
  reviewed_at timestamptz,
  return_note text check (length(return_note) between 3 and 2000),
  narrative text not null default '' check (length(narrative) <= 8000),
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  updated_at timestamptz not null default now(),
  updated_by uuid,
  row_version int not null default 1,
  primary key (tenant_id, id),
  unique (tenant_id, project_id, period_id),
  foreign key (tenant_id, project_id, period_id) references app.reporting_period (tenant_id, project_id, id),
  check (status <> 'returned' or return_note is not null)
);

create table app.indicator_value (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  project_id uuid not null,
  indicator_id uuid not null,
  period_id uuid not null,
  location_id uuid,
  source text not null default 'manual' check (source in ('manual', 'import', 'form', 'api')),
  import_id uuid,
  collected_on date,
  value numeric(24, 6),
  num numeric(24, 6),
  den numeric(24, 6),
  status text not null check (status in ('draft', 'submitted', 'returned', 'verified')),
  submitted_by uuid,
  submitted_at timestamptz,
  verified_by uuid,
  verified_at timestamptz,
  self_verified boolean not null default false,
  return_note text check (length(return_note) between 3 and 2000),
  comment text not null default '' check (length(comment) <= 2000),
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  updated_at timestamptz not null default now(),
  updated_by uuid,
  row_version int not null default 1,
  deleted_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, project_id, indicator_id) references app.indicator (tenant_id, project_id, id),
  foreign key (tenant_id, project_id, period_id) references app.reporting_period (tenant_id, project_id, id),
  foreign key (tenant_id, location_id) references app.location (tenant_id, id),
  foreign key (tenant_id, project_id, import_id) references app.import_job (tenant_id, project_id, id),
  check ((num is null) = (den is null)),
  check (den is null or den > 0 or (den = 0 and num = 0)),
  -- a value is a figure or a fraction: nothing is not a value, and a null is never stored for a 0
  check (value is not null or num is not null),
  check (status <> 'verified' or (verified_by is not null and verified_at is not null)),
  check (status <> 'returned' or return_note is not null),
  -- nobody verifies what they submitted, unless it says so on its face
  check (status <> 'verified' or self_verified or verified_by is distinct from submitted_by)
);
-- One figure for an indicator, period and location. A value in the bin does not stand in the way.
create unique index indicator_value_once on app.indicator_value (tenant_id, indicator_id, period_id, location_id)
  nulls not distinct where deleted_at is null;
create index indicator_value_by_period on app.indicator_value (tenant_id, project_id, period_id, status);
create index indicator_value_by_import on app.indicator_value (tenant_id, import_id) where import_id is not null;

-- Derived from values and targets in the transaction that changed them; not watched by the log, which holds the values.
create table app.period_rollup (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  project_id uuid not null,
  indicator_id uuid not null,
  period_id uuid not null,
  location_id uuid,
  dim_key text not null default '',
  period_start date not null,
  period_end date not null,
  actual numeric(24, 6),
  num numeric(24, 6),
  den numeric(24, 6),
  provisional numeric(24, 6),
  provisional_num numeric(24, 6),
  provisional_den numeric(24, 6),
  target numeric(24, 6),
  achievement numeric(24, 6),
  locations int not null default 0,
  new_data boolean not null default false,
  self_verified boolean not null default false,
  inputs_hash bytea not null,
  computed_at timestamptz not null default now(),
  unique nulls not distinct (tenant_id, indicator_id, location_id, period_end, period_id, dim_key),
  foreign key (tenant_id, project_id, indicator_id) references app.indicator (tenant_id, project_id, id),
  foreign key (tenant_id, project_id, period_id) references app.reporting_period (tenant_id, project_id, id)
);
-- the last total of an indicator is one step from the end of this
create index period_rollup_totals on app.period_rollup (tenant_id, indicator_id, period_end desc) where location_id is null;
create index period_rollup_by_project on app.period_rollup (tenant_id, project_id, period_end, location_id);

do $$
declare _t text;
begin
  foreach _t in array array['import_job', 'import_issue', 'period_submission', 'indicator_value', 'period_rollup'] loop
    execute format('call app.protect(%L)', 'app.' || _t);
    execute format('grant select, insert, update on app.%I to kipimo_tenant', _t);
  end loop;
end
$$;
grant delete on app.period_rollup to kipimo_tenant;
call app.watch('app.import_job', 'content');
call app.watch('app.period_submission');
call app.watch('app.indicator_value');

reset role;
