-- Disaggregation: by what figures are broken down, e.g. by sex and age. Which dimensions an indicator has is versioned from a day on, so
-- that a change of it never takes away what was reported.
set role kipimo_owner;

-- a text in one or several languages: {"en": "Female", "sw": "Mwanamke"}
create function app.is_wording(_text jsonb) returns boolean
language sql immutable
set search_path = pg_catalog, pg_temp as $$
  select jsonb_typeof(_text) = 'object' and _text <> '{}' and not exists (
    select from jsonb_each(_text) as t(language, said)
    where t.language !~ '^[a-z]{2}$' or jsonb_typeof(t.said) <> 'string' or length(t.said #>> '{}') not between 1 and 120)
$$;

-- cells of a figure: {"age=18-24|sex=female": "60"}, or "30/50" where numerator and denominator are counted
create function app.are_cells(_cells jsonb) returns boolean
language sql immutable
set search_path = pg_catalog, pg_temp as $$
  select jsonb_typeof(_cells) = 'object' and not exists (
    select from jsonb_each(_cells) as c(key, figure)
    where c.key !~ '^[a-z][a-z0-9_]*=[a-z0-9][a-z0-9_+-]*(\|[a-z][a-z0-9_]*=[a-z0-9][a-z0-9_+-]*){0,2}$'
      or jsonb_typeof(c.figure) <> 'string'
      or c.figure #>> '{}' !~ '^-?\d{1,18}(\.\d{1,6})?(/\d{1,18}(\.\d{1,6})?)?$')
$$;

create table app.dimension (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  key text not null check (key ~ '^[a-z][a-z0-9_]{0,29}$'),
  name jsonb not null check (app.is_wording(name)),
  kind text not null check (kind in ('exclusive_exhaustive', 'exclusive_partial', 'overlapping')),
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  updated_at timestamptz not null default now(),
  updated_by uuid,
  row_version int not null default 1,
  primary key (tenant_id, id),
  unique (tenant_id, key)
);

create table app.dimension_value (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  dimension_id uuid not null,
  code text not null check (code ~ '^[a-z0-9][a-z0-9_+-]{0,29}$'),
  label jsonb not null check (app.is_wording(label)),
  sort int not null default 0,
  is_unknown boolean not null default false,
  archived boolean not null default false,   -- asked for no more; what was reported for it stays
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  updated_at timestamptz not null default now(),
  updated_by uuid,
  row_version int not null default 1,
  primary key (tenant_id, id),
  unique (tenant_id, dimension_id, code),
  foreign key (tenant_id, dimension_id) references app.dimension (tenant_id, id)
);

-- By what an indicator is broken down in periods that begin on a day or later, until the next one. Without any dimension: by nothing.
create table app.disaggregation (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  project_id uuid not null,
  indicator_id uuid not null,
  valid_from date not null,
  first_id uuid,
  second_id uuid,
  third_id uuid,
  required boolean not null default false,   -- nothing is submitted without its cells
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  updated_at timestamptz not null default now(),
  updated_by uuid,
  row_version int not null default 1,
  primary key (tenant_id, id),
  unique (tenant_id, indicator_id, valid_from),
  foreign key (tenant_id, project_id, indicator_id) references app.indicator (tenant_id, project_id, id),
  foreign key (tenant_id, first_id) references app.dimension (tenant_id, id),
  foreign key (tenant_id, second_id) references app.dimension (tenant_id, id),
  foreign key (tenant_id, third_id) references app.dimension (tenant_id, id),
  check (second_id is null or (first_id is not null and second_id <> first_id)),
  check (third_id is null or (second_id is not null and third_id not in (first_id, second_id))),
  check (not required or first_id is not null)
);
create index disaggregation_by_project on app.disaggregation (tenant_id, project_id);

-- The cells of a figure stand in its row: they are entered, returned, verified and logged with it. A draft may have some and no total yet.
alter table app.indicator_value
  add column cells jsonb not null default '{}' check (cells = '{}' or app.are_cells(cells));
do $$
declare
  _name text := (select conname from pg_constraint where conrelid = 'app.indicator_value'::regclass and contype = 'c'
    and pg_get_constraintdef(oid) ~ 'value IS NOT NULL\) OR \(num IS NOT NULL');
begin
  execute format('alter table app.indicator_value drop constraint %I', _name);
end
$$;
alter table app.indicator_value add constraint indicator_value_says_something
  check (value is not null or num is not null or (cells <> '{}' and status in ('draft', 'returned')));

-- Each value of a dimension by period, as a whole and by location: derived like the rollup, and kept apart from it, so that no sum over
-- figures can count anybody twice.
create table app.period_breakdown (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  project_id uuid not null,
  indicator_id uuid not null,
  period_id uuid not null,
  location_id uuid,
  dimension_key text not null,
  code text not null,
  period_start date not null,
  period_end date not null,
  actual numeric(24, 6),
  num numeric(24, 6),
  den numeric(24, 6),
  provisional numeric(24, 6),
  provisional_num numeric(24, 6),
  provisional_den numeric(24, 6),
  unique nulls not distinct (tenant_id, indicator_id, location_id, period_end, period_id, dimension_key, code),
  foreign key (tenant_id, project_id, indicator_id) references app.indicator (tenant_id, project_id, id),
  foreign key (tenant_id, project_id, period_id) references app.reporting_period (tenant_id, project_id, id)
);
create index period_breakdown_by_project on app.period_breakdown (tenant_id, project_id, period_end, location_id);

do $$
declare _t text;
begin
  foreach _t in array array['dimension', 'dimension_value', 'disaggregation', 'period_breakdown'] loop
    execute format('call app.protect(%L)', 'app.' || _t);
    execute format('grant select, insert, update on app.%I to kipimo_tenant', _t);
  end loop;
  foreach _t in array array['dimension', 'dimension_value', 'disaggregation'] loop
    execute format('call app.watch(%L)', 'app.' || _t);
  end loop;
  foreach _t in array array['disaggregation', 'period_breakdown'] loop
    execute format('call app.keep_to_programmes(%L, %L)', 'app.' || _t, 'project_id = any ((select gate.projects_in_scope())::uuid[])');
  end loop;
end
$$;
-- whoever writes a row is asked whether it is of the form
grant execute on function app.is_wording(jsonb), app.are_cells(jsonb) to kipimo_tenant;
grant delete on app.period_breakdown to kipimo_tenant;
create trigger keep_approved before insert or update or delete on app.disaggregation for each row execute function app.keep_approved();

reset role;
