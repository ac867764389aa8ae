-- What reports told by place in their maps, so that a later one tells no place that an earlier one hid: as app.published_group does for
-- groups. Of a hidden place only that it was. Reports that were published before this told what they told; nothing of it is kept here.
set role kipimo_owner;

create table app.published_place (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  project_id uuid not null,
  snapshot_id uuid not null,
  indicator_id uuid not null,
  column_key text not null check (column_key ~ '^\d{4}(-Q[1-4])?$'),
  location_id uuid not null,
  actual numeric(24, 6),
  hidden boolean not null,
  published_at timestamptz not null default now(),
  primary key (tenant_id, snapshot_id, indicator_id, location_id),
  foreign key (tenant_id, project_id, snapshot_id) references app.report_snapshot (tenant_id, project_id, id),
  foreign key (tenant_id, project_id, indicator_id) references app.indicator (tenant_id, project_id, id),
  foreign key (tenant_id, location_id) references app.location (tenant_id, id),
  check (not hidden or actual is null)
);
create index published_place_by_column on app.published_place (tenant_id, project_id, column_key, indicator_id, published_at desc);
call app.protect('app.published_place');
call app.keep_to_programmes('app.published_place', 'project_id = any ((select gate.projects_in_scope())::uuid[])');
grant select on app.published_place to kipimo_tenant;
-- when says the database
grant insert (project_id, snapshot_id, indicator_id, column_key, location_id, actual, hidden) on app.published_place to kipimo_tenant;

reset role;
