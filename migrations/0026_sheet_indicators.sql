-- The whole reference sheet of an indicator, what changed on it after approval and why, and a library of indicators.
set role kipimo_owner;

alter table app.indicator
  add column rationale text not null default '' check (length(rationale) <= 4000),
  add column baseline_num numeric(24, 6),
  add column baseline_den numeric(24, 6),
  add column baseline_na boolean not null default false,
  add column baseline_note text not null default '' check (length(baseline_note) <= 1000),
  add column eop_target_num numeric(24, 6),
  add column eop_target_den numeric(24, 6),
  add column target_rationale text not null default '' check (length(target_rationale) <= 4000),
  add column means_of_verification text not null default '' check (length(means_of_verification) <= 1000),
  add column collection_method text not null default '' check (length(collection_method) <= 2000),
  add column responsible_role text check (responsible_role in ('tenant_admin', 'project_manager', 'meal_officer', 'field_officer',
    'viewer', 'safeguarding_focal')),
  add column responsible_membership_id uuid,
  add column analysis_method text not null default '' check (length(analysis_method) <= 2000),
  add column data_use text[] not null default '{}'
    check (data_use <@ array['donor_reporting', 'internal_management', 'participant_accountability']),
  add column quality_assurance text[] not null default '{}' check (cardinality(quality_assurance) <= 17),
  add column data_limitations text not null default '' check (length(data_limitations) <= 4000),
  add column dqa_last_date date,
  add column dqa_next_date date,
  add column is_key boolean not null default false,
  add column is_public boolean not null default true,
  add column iati_export boolean not null default true,
  add column iati_measure smallint check (iati_measure between 1 and 5),
  add foreign key (tenant_id, responsible_membership_id) references app.membership (tenant_id, id),
  add check ((baseline_num is null) = (baseline_den is null)),
  add check ((eop_target_num is null) = (eop_target_den is null)),
  add check (not baseline_na or baseline_value is null),
  add check (dqa_next_date is null or dqa_last_date is null or dqa_last_date <= dqa_next_date);

-- What changed of an indicator after its framework was approved, field by field, and why. Written once.
create table app.indicator_change (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  project_id uuid not null,
  indicator_id uuid not null,
  field text not null check (length(field) between 1 and 120),
  old text not null,
  new text not null,
  reason text not null check (length(reason) between 3 and 500),
  reason_codes text[] not null check (cardinality(reason_codes) between 1 and 8 and reason_codes <@ array['adaptive_management',
    'budget_realignment', 'change_in_context', 'costed_extension', 'donor_requirement', 'implementation_delay', 'correction', 'other']),
  changed_by uuid not null default app.actor(),
  changed_at timestamptz not null default now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, project_id, indicator_id) references app.indicator (tenant_id, project_id, id)
);
create index indicator_change_by_indicator on app.indicator_change (tenant_id, indicator_id, changed_at desc);
call app.protect('app.indicator_change');
call app.keep_to_programmes('app.indicator_change', 'project_id = any ((select gate.projects_in_scope())::uuid[])');
call app.watch('app.indicator_change', 'old', 'new');
create policy own_change on app.indicator_change as restrictive for insert to kipimo_tenant
  with check (changed_by = (select app.actor()) and changed_at = now());
grant select, insert on app.indicator_change to kipimo_tenant;

-- Sheets that projects begin from: what stands on them, by the names of the columns.
create table app.indicator_library (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  code text not null check (code ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,59}$'),
  title text not null check (length(title) between 1 and 300),
  fields jsonb not null check (jsonb_typeof(fields) = 'object' and octet_length(fields::text) <= 262144),
  archived boolean not null default false,
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  updated_at timestamptz not null default now(),
  updated_by uuid,
  row_version int not null default 1,
  primary key (tenant_id, id),
  unique (tenant_id, code)
);
call app.protect('app.indicator_library');
call app.watch('app.indicator_library');
grant select, insert, update on app.indicator_library to kipimo_tenant;

reset role;
