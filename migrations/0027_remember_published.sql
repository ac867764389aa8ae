-- What was told to the outside: the figure of each indicator in each column of a published report, so that a later change of it shows as
-- what it is, a restatement. Reports that were published before this hold theirs in the snapshot alone.
set role kipimo_owner;
create table app.published_figure (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  project_id uuid not null,
  snapshot_id uuid not null,
  indicator_id uuid not null,
  column_key text not null check (column_key ~ '^\d{4}(-Q[1-4])?$'),
  actual numeric(24, 6),
  published_at timestamptz not null default now(),
  primary key (tenant_id, snapshot_id, indicator_id, column_key),
  foreign key (tenant_id, project_id, snapshot_id) references app.report_snapshot (tenant_id, project_id, id),
  foreign key (tenant_id, project_id, indicator_id) references app.indicator (tenant_id, project_id, id)
);
create index published_figure_by_column on app.published_figure (tenant_id, project_id, column_key, indicator_id, published_at desc);
call app.protect('app.published_figure');
call app.keep_to_programmes('app.published_figure', 'project_id = any ((select gate.projects_in_scope())::uuid[])');
-- said once, with its snapshot: nobody may say it otherwise
create policy own_publication on app.published_figure as restrictive for insert to kipimo_tenant with check (published_at = now());
grant select, insert on app.published_figure to kipimo_tenant;
reset role;
