-- What a project plans to spend, and what it spent, by line and calendar quarter, in the project's currency. Independent of reporting
-- periods, which differ from indicator to indicator.
set role kipimo_owner;

create table app.budget_line (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  project_id uuid not null,
  result_node_id uuid,
  code text not null check (code ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,59}$'),
  name text not null check (length(name) between 1 and 200),
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  updated_at timestamptz not null default now(),
  updated_by uuid,
  row_version int not null default 1,
  deleted_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, project_id, id),
  foreign key (tenant_id, project_id) references app.project (tenant_id, id),
  foreign key (tenant_id, project_id, result_node_id) references app.result_node (tenant_id, project_id, id)
);
create unique index budget_line_code on app.budget_line (tenant_id, project_id, code) where deleted_at is null;

create table app.budget_amount (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  project_id uuid not null,
  line_id uuid not null,
  quarter date not null check (date_trunc('quarter', quarter::timestamp)::date = quarter),
  planned numeric(24, 6) check (planned >= 0),
  -- a refund may make less than nothing of a quarter
  spent numeric(24, 6),
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  updated_at timestamptz not null default now(),
  updated_by uuid,
  row_version int not null default 1,
  primary key (tenant_id, id),
  unique (tenant_id, project_id, line_id, quarter),
  foreign key (tenant_id, project_id, line_id) references app.budget_line (tenant_id, project_id, id)
);

do $$
declare
  _t text;
begin
  foreach _t in array array['budget_line', 'budget_amount'] loop
    execute format('call app.protect(%L)', 'app.' || _t);
    execute format('call app.keep_to_programmes(%L, %L)', 'app.' || _t, 'project_id = any ((select gate.projects_in_scope())::uuid[])');
    execute format('call app.watch(%L)', 'app.' || _t);
    execute format('grant select, insert, update on app.%I to kipimo_tenant', _t);
  end loop;
end
$$;

reset role;
