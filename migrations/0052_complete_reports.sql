-- What reports still lacked: what they told by place is remembered, and their templates name donors of the register.
set role kipimo_owner;

-- What reports told by place in their maps, so that a later one tells no place that an earlier one hid: as app.published_group does for
-- groups. Of a hidden place only that it was. Reports that were published before this told what they told; nothing of it is kept here.
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

-- A template is for a donor of the register, or for one that is not in it, in words.
alter table app.report_template
  add column donor_id uuid,
  add foreign key (tenant_id, donor_id) references app.donor (tenant_id, id),
  add constraint report_template_whom_once check (donor_id is null or donor = '');
create index report_template_of_donor on app.report_template (tenant_id, donor_id) where donor_id is not null;

-- Those whose words are the name of one, or the short name of one alone: no event of anybody's, and of every organisation. Other words stay.
alter table app.report_template no force row level security, disable trigger user;
alter table app.donor no force row level security;
update app.report_template t set donor_id = m.donor_id, donor = ''
from (
  select o.tenant_id, o.id, coalesce(
      min(d.id::text) filter (where lower(d.name) = lower(btrim(o.donor))), case when count(*) = 1 then min(d.id::text) end)::uuid as donor_id
  from app.report_template o
  join app.donor d on d.tenant_id = o.tenant_id and lower(btrim(o.donor)) in (lower(d.name), lower(d.short_name))
  where o.donor <> ''
  group by o.tenant_id, o.id
) m
where m.tenant_id = t.tenant_id and m.id = t.id and m.donor_id is not null;
alter table app.donor force row level security;
alter table app.report_template force row level security, enable trigger user;

reset role;
