-- Reports, their frozen snapshots, and the links through which donors read one.
set role kipimo_owner;

create table app.report (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  project_id uuid not null,
  period_from date not null,
  period_to date not null,
  frequency text not null check (frequency in ('monthly', 'quarterly', 'tri_annual', 'semi_annual', 'annual')),
  title text not null check (length(title) between 1 and 200),
  narrative text not null default '' check (length(narrative) <= 20000),
  locale text not null default 'en' check (locale in ('en', 'sw')),
  status text not null default 'draft' check (status in ('draft', 'in_review', 'changes_requested', 'approved',
    'published', 'withdrawn')),
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  updated_at timestamptz not null default now(),
  updated_by uuid,
  row_version int not null default 1,
  deleted_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, project_id, id),
  foreign key (tenant_id, project_id) references app.project (tenant_id, id),
  check (period_from <= period_to)
);

-- Immutable: what was published stays what it was.
create table app.report_snapshot (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  project_id uuid not null,
  report_id uuid not null,
  version int not null check (version > 0),
  content bytea not null check (octet_length(content) <= 8388608),   -- RFC 8785 bytes
  sha256 bytea not null check (sha256 = sha256(content)),
  published_by uuid not null default app.actor(),
  published_at timestamptz not null default now(),
  primary key (tenant_id, id),
  unique (tenant_id, project_id, id),
  unique (tenant_id, report_id, version),
  foreign key (tenant_id, project_id, report_id) references app.report (tenant_id, project_id, id)
);
create function app.refuse_snapshot_change() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'a published snapshot never changes' using errcode = 'insufficient_privilege';
end
$$;
create trigger immutable before update or delete on app.report_snapshot
  for each row execute function app.refuse_snapshot_change();

create table app.donor_link (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  project_id uuid not null,
  snapshot_id uuid not null,
  public_id text not null unique check (public_id ~ '^[A-Za-z0-9_-]{16}$'),
  secret_hash bytea not null check (octet_length(secret_hash) = 32),
  recipient_name text not null check (length(recipient_name) between 1 and 120),
  recipient_email text check (length(recipient_email) <= 254),
  last_human_use timestamptz,
  rolling_until timestamptz not null,
  hard_until timestamptz not null,
  revoked_at timestamptz,
  revoked_by uuid,
  revoke_reason text check (length(revoke_reason) <= 500),
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  primary key (tenant_id, id),
  foreign key (tenant_id, project_id, snapshot_id) references app.report_snapshot (tenant_id, project_id, id),
  check (hard_until <= created_at + interval '365 days'),
  check (rolling_until <= hard_until),
  check (rolling_until <= coalesce(last_human_use, created_at) + interval '90 days')
);
create index donor_link_by_project on app.donor_link (tenant_id, project_id, created_at desc);

-- A donor's visit: what the cookie of an opened link stands for. Dies with the link.
create table app.donor_visit (
  tenant_id uuid not null,
  id uuid not null,
  link_id uuid not null,
  secret_hash bytea not null unique check (octet_length(secret_hash) = 32),
  opened_at timestamptz not null default now(),
  expires_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, link_id) references app.donor_link (tenant_id, id),
  check (expires_at <= opened_at + interval '8 hours')
);

create table app.donor_link_access (
  tenant_id uuid not null,
  id uuid not null,
  link_id uuid not null,
  at timestamptz not null default now(),
  outcome text not null check (outcome in ('ok', 'wrong_secret', 'expired', 'revoked')),
  ip_index bytea check (octet_length(ip_index) = 16),
  agent text check (length(agent) <= 256),
  primary key (tenant_id, id),
  foreign key (tenant_id, link_id) references app.donor_link (tenant_id, id)
);
create index donor_link_access_by_link on app.donor_link_access (tenant_id, link_id, at desc);

create table app.api_idempotency (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  actor_id uuid not null default app.actor(),
  key text not null check (length(key) between 8 and 128),
  request_hash bytea not null check (octet_length(request_hash) = 32),
  response jsonb not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, id),
  unique (tenant_id, actor_id, key)
);

do $$
declare _t text;
begin
  foreach _t in array array['report', 'report_snapshot', 'donor_link', 'donor_visit', 'donor_link_access', 'api_idempotency'] loop
    execute format('call app.protect(%L)', 'app.' || _t);
  end loop;
end
$$;
call app.watch('app.report');
call app.watch('app.report_snapshot', 'content');
call app.watch('app.donor_link', 'secret_hash', 'recipient_name', 'recipient_email', 'public_id');
call app.watch('app.donor_visit', 'secret_hash');
call app.watch('app.donor_link_access', 'ip_index', 'agent');
call app.watch('app.api_idempotency', 'response', 'request_hash');
call app.watch('app.import_issue', 'value');

grant select, insert, update on app.report to kipimo_tenant;
grant select, insert on app.report_snapshot to kipimo_tenant;
grant select, insert on app.donor_link to kipimo_tenant;
grant update (revoked_at, revoked_by, revoke_reason) on app.donor_link to kipimo_tenant;
grant select on app.donor_link_access, app.donor_visit to kipimo_tenant;
grant select, insert on app.api_idempotency to kipimo_tenant;

grant select, insert on app.donor_visit, app.donor_link_access to kipimo_gate;
grant select on app.donor_link, app.report_snapshot, app.report to kipimo_gate;
grant update (last_human_use, rolling_until) on app.donor_link to kipimo_gate;

-- A donor reads the one snapshot of a living link, and the database says so too.
grant select (tenant_id, id, project_id, report_id, version, content, sha256, published_at) on app.report_snapshot to kipimo_portal;
grant select (tenant_id, id, snapshot_id, recipient_name, rolling_until, revoked_at) on app.donor_link to kipimo_portal;
create policy portal_link on app.donor_link for select to kipimo_portal
  using (id = (select app.actor()) and revoked_at is null and rolling_until > now());
create policy portal_snapshot on app.report_snapshot for select to kipimo_portal
  using (id in (select l.snapshot_id from app.donor_link l where l.id = (select app.actor())));

reset role;
