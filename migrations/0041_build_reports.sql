-- Reports that are built of sections: templates of an organisation, sections that somebody writes and that show what the project knows,
-- comments on them, a review by somebody else before they are published, and the evidence that a published report shows.
set role kipimo_owner;

create table app.report_template (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  name text not null check (length(name) between 1 and 120),
  -- for whom, in words; empty for anybody
  donor text not null default '' check (length(donor) <= 120),
  locale text not null check (locale in ('en', 'sw')),
  -- [{"key", "title", "block", "guidance", "required"}]
  sections jsonb not null
    check (case when jsonb_typeof(sections) = 'array' then jsonb_array_length(sections) between 1 and 30 else false end),
  archived boolean not null default false,
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  updated_at timestamptz not null default now(),
  updated_by uuid,
  row_version int not null default 1,
  primary key (tenant_id, id),
  unique (tenant_id, name)
);

create table app.report_section (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  project_id uuid not null,
  report_id uuid not null,
  ord int not null,
  key text not null check (key ~ '^[a-z0-9-]{1,40}$'),
  title text not null check (length(title) between 1 and 200),
  -- the safe subset of Markdown
  body text not null default '' check (length(body) <= 20000),
  block text not null default 'none'
    check (block in ('none', 'tracking', 'charts', 'achievements', 'budget', 'evidence', 'learning', 'map')),
  guidance text not null default '' check (length(guidance) <= 500),
  required boolean not null default false,
  assigned_to uuid,
  status text not null default 'to_do' check (status in ('to_do', 'draft', 'ready')),
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  updated_at timestamptz not null default now(),
  updated_by uuid,
  row_version int not null default 1,
  deleted_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, project_id, id),
  foreign key (tenant_id, project_id) references app.project (tenant_id, id),
  foreign key (tenant_id, project_id, report_id) references app.report (tenant_id, project_id, id),
  foreign key (tenant_id, assigned_to) references app.membership (tenant_id, user_id)
);
create unique index report_section_key on app.report_section (tenant_id, report_id, key) where deleted_at is null;
create index report_section_by_person on app.report_section (tenant_id, assigned_to) where assigned_to is not null and deleted_at is null;

create table app.report_comment (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  project_id uuid not null,
  section_id uuid not null,
  body text not null check (length(body) between 1 and 2000),
  resolved_at timestamptz,
  resolved_by uuid,
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  primary key (tenant_id, id),
  foreign key (tenant_id, project_id) references app.project (tenant_id, id),
  foreign key (tenant_id, project_id, section_id) references app.report_section (tenant_id, project_id, id),
  check ((resolved_at is null) = (resolved_by is null))
);
create index report_comment_by_section on app.report_comment (tenant_id, section_id, created_at);

-- What a published report shows stays: nobody takes the file away.
create table app.published_evidence (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  project_id uuid not null,
  snapshot_id uuid not null,
  evidence_id uuid not null,
  primary key (tenant_id, id),
  unique (tenant_id, snapshot_id, evidence_id),
  foreign key (tenant_id, project_id) references app.project (tenant_id, id),
  foreign key (tenant_id, project_id, snapshot_id) references app.report_snapshot (tenant_id, project_id, id),
  foreign key (tenant_id, evidence_id) references app.evidence (tenant_id, id)
);
create index published_evidence_by_file on app.published_evidence (tenant_id, evidence_id);

alter table app.report
  add column submitted_by uuid,
  add column submitted_at timestamptz,
  add column approved_by uuid,
  add column approved_at timestamptz,
  -- whether who approved it had submitted it, where the organisation allows that
  add column self_approved boolean not null default false,
  -- of what could be read when it was approved: whether it still reads so is asked when it is published
  add column approved_sha256 bytea check (octet_length(approved_sha256) = 32),
  -- what is to be changed, or why it was opened again
  add column review_note text not null default '' check (length(review_note) <= 2000),
  add constraint report_review_by_somebody check (status <> 'in_review' or submitted_by is not null),
  add constraint report_approved_by_another check (
    status <> 'approved' or (approved_by is not null and (self_approved or approved_by is distinct from submitted_by)));

-- What was written so far is the one section of its report. The owner sees every organisation's for this one statement, and what the
-- programme does by itself is nobody's act: the new table is watched from then on.
alter table app.report no force row level security;
insert into app.report_section (tenant_id, id, project_id, report_id, ord, key, title, body, block, status, created_at, created_by, updated_at,
    updated_by)
  select tenant_id, gen_random_uuid(), project_id, id, 1, 'narrative', case when locale = 'sw' then 'Maelezo' else 'Narrative' end, narrative,
    'tracking', case when narrative = '' then 'to_do' else 'draft' end, created_at, created_by, updated_at, updated_by
  from app.report;
alter table app.report force row level security;
alter table app.report drop column narrative;

do $$
declare
  _t text;
begin
  foreach _t in array array['report_template', 'report_section', 'report_comment', 'published_evidence'] loop
    execute format('call app.protect(%L)', 'app.' || _t);
    if _t <> 'report_template' then
      execute format('call app.keep_to_programmes(%L, %L)', 'app.' || _t, 'project_id = any ((select gate.projects_in_scope())::uuid[])');
    end if;
    execute format('call app.watch(%L)', 'app.' || _t);
    execute format('grant select, insert on app.%I to kipimo_tenant', _t);
  end loop;
end
$$;
grant update on app.report_template, app.report_section to kipimo_tenant;
grant update (resolved_at, resolved_by) on app.report_comment to kipimo_tenant;

reset role;
