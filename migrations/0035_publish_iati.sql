-- What a project says of itself when it is published under the IATI standard. An agency publishes for several organisations: who
-- reports is said of each project. What is not said yet is empty; the check of the file tells.
set role kipimo_owner;

create table app.iati_publication (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  project_id uuid not null,
  reporting_ref text not null default '' check (length(reporting_ref) <= 100),
  reporting_kind text not null default '' check (reporting_kind ~ '^([0-9]{2})?$'),
  reporting_name text not null default '' check (length(reporting_name) <= 200),
  -- what who reports does in it: the standard's list OrganisationRole
  reporting_role smallint not null default 4 check (reporting_role between 1 and 4),
  identifier text not null default '' check (length(identifier) <= 150),
  funder_ref text not null default '' check (length(funder_ref) <= 100),
  funder_name text not null default '' check (length(funder_name) <= 200),
  -- codes with their shares, a line each
  sectors text not null default '' check (length(sectors) <= 1000),
  countries text not null default '' check (length(countries) <= 1000),
  humanitarian boolean not null default false,
  with_budget boolean not null default false,
  with_places boolean not null default false,
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  updated_at timestamptz not null default now(),
  updated_by uuid,
  row_version int not null default 1,
  primary key (tenant_id, id),
  unique (tenant_id, project_id),
  foreign key (tenant_id, project_id) references app.project (tenant_id, id)
);

call app.protect('app.iati_publication');
call app.keep_to_programmes('app.iati_publication', 'project_id = any ((select gate.projects_in_scope())::uuid[])');
call app.watch('app.iati_publication');
grant select, insert, update on app.iati_publication to kipimo_tenant;

reset role;
