-- Results framework: nodes, indicators, periods, targets.
set role kipimo_owner;

create table app.result_node (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  project_id uuid not null,
  parent_id uuid,
  level smallint not null check (level between 0 and 7),
  number text not null check (length(number) <= 40),
  title text not null check (length(title) between 1 and 300),
  description text not null default '' check (length(description) <= 4000),
  assumptions text not null default '' check (length(assumptions) <= 4000),
  sort int not null default 0,
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  updated_at timestamptz not null default now(),
  updated_by uuid,
  row_version int not null default 1,
  deleted_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, project_id, id),
  foreign key (tenant_id, project_id) references app.project (tenant_id, id),
  -- a node and its parent belong to one project
  foreign key (tenant_id, project_id, parent_id) references app.result_node (tenant_id, project_id, id),
  check ((parent_id is null) = (level = 0))
);

create table app.indicator (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  project_id uuid not null,
  result_node_id uuid,
  code text not null check (code ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,59}$'),
  title text not null check (length(title) between 1 and 300),
  definition text not null default '' check (length(definition) <= 4000),
  kind text not null check (kind in ('number', 'percentage', 'ratio', 'average', 'currency', 'score', 'yes_no', 'qualitative')),
  unit text not null default '' check (length(unit) <= 40),
  decimals smallint not null default 0 check (decimals between 0 and 4),
  numerator_label text not null default '' check (length(numerator_label) <= 200),
  denominator_label text not null default '' check (length(denominator_label) <= 200),
  direction text not null check (direction in ('increase', 'decrease', 'maintain', 'none')),
  accumulation text not null check (accumulation in ('non_cumulative', 'cumulative_sum', 'running_total')),
  agg_within text not null check (agg_within in ('sum', 'latest', 'avg', 'max', 'min')),
  agg_locations text not null check (agg_locations in ('sum', 'avg', 'max', 'min', 'ratio', 'none')),
  agg_periods text not null check (agg_periods in ('sum', 'avg', 'max', 'min', 'latest', 'ratio_of_sums', 'none')),
  carry_forward boolean not null default false,
  achievement_formula text not null default 'ratio' check (achievement_formula in ('ratio', 'progress_from_baseline')),
  rag_amber numeric(24, 6) not null default 85,
  rag_red numeric(24, 6) not null default 70,
  rag_over numeric(24, 6) not null default 115,
  baseline_value numeric(24, 6),
  baseline_date date,
  eop_target numeric(24, 6),
  frequency text not null check (frequency in ('monthly', 'quarterly', 'tri_annual', 'semi_annual', 'annual',
    'midline_endline', 'once', 'event')),
  data_source text not null default '' check (length(data_source) <= 300),
  status text not null default 'active' check (status in ('draft', 'active', 'retired')),
  sort int not null default 0,
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  updated_at timestamptz not null default now(),
  updated_by uuid,
  row_version int not null default 1,
  deleted_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, project_id, code),
  unique (tenant_id, project_id, id),
  foreign key (tenant_id, project_id) references app.project (tenant_id, id),
  foreign key (tenant_id, project_id, result_node_id) references app.result_node (tenant_id, project_id, id),
  check (kind <> 'percentage' or (agg_locations = 'ratio' and agg_periods in ('ratio_of_sums', 'latest'))),
  check (accumulation <> 'running_total' or agg_periods = 'latest'),
  check (rag_red <= rag_amber and rag_amber <= rag_over)
);
create index indicator_by_node on app.indicator (tenant_id, result_node_id);

create table app.reporting_period (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  project_id uuid not null,
  kind text not null check (kind in ('monthly', 'quarterly', 'tri_annual', 'semi_annual', 'annual', 'midline_endline',
    'once', 'event')),
  name text not null check (length(name) between 1 and 60),
  start_date date not null,
  end_date date not null,
  window_opens date,
  window_closes date,
  state text not null default 'open' check (state in ('planned', 'open', 'closed', 'locked')),
  locked_at timestamptz,
  locked_by uuid,
  unlock_until date,
  unlock_reason text check (length(unlock_reason) between 3 and 500),
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  updated_at timestamptz not null default now(),
  updated_by uuid,
  row_version int not null default 1,
  primary key (tenant_id, id),
  unique (tenant_id, project_id, id),
  -- periods of one kind don't overlap; the range is text-free and leakproof operators do the rest
  unique (tenant_id, project_id, kind, start_date),
  foreign key (tenant_id, project_id) references app.project (tenant_id, id),
  check (start_date <= end_date),
  check (window_opens is null or window_closes is null or window_opens <= window_closes)
);

-- Overlap is refused under a lock of the project's periods, without an extension.
create function app.refuse_overlap() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('periods:' || new.project_id::text, 0));
  if exists (
    select from app.reporting_period p
    where p.tenant_id = new.tenant_id and p.project_id = new.project_id and p.kind = new.kind and p.id <> new.id
      and p.start_date <= new.end_date and p.end_date >= new.start_date
  ) then
    raise exception 'period overlaps another of its kind' using errcode = 'exclusion_violation',
      constraint = 'reporting_period_no_overlap';
  end if;
  return new;
end
$$;
create trigger no_overlap before insert or update of start_date, end_date, kind on app.reporting_period
  for each row execute function app.refuse_overlap();

create table app.target (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  project_id uuid not null,
  indicator_id uuid not null,
  period_id uuid not null,
  location_id uuid,
  value numeric(24, 6) not null,
  note text not null default '' check (length(note) <= 500),
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  updated_at timestamptz not null default now(),
  updated_by uuid,
  row_version int not null default 1,
  primary key (tenant_id, id),
  unique nulls not distinct (tenant_id, indicator_id, period_id, location_id),
  foreign key (tenant_id, project_id, indicator_id) references app.indicator (tenant_id, project_id, id),
  foreign key (tenant_id, project_id, period_id) references app.reporting_period (tenant_id, project_id, id),
  foreign key (tenant_id, location_id) references app.location (tenant_id, id)
);

do $$
declare _t text;
begin
  foreach _t in array array['result_node', 'indicator', 'reporting_period', 'target'] loop
    execute format('call app.protect(%L)', 'app.' || _t);
    execute format('call app.watch(%L)', 'app.' || _t);
    execute format('grant select, insert, update on app.%I to kipimo_tenant', _t);
  end loop;
end
$$;
grant delete on app.target to kipimo_tenant;

reset role;
