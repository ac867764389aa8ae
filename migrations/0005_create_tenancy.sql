-- Organisations, who belongs to them and who may do what in which project.
set role kipimo_owner;

create table app.tenant (
  id uuid primary key,
  tenant_id uuid not null generated always as (id) stored,
  slug text not null unique check (slug ~ '^[a-z][a-z0-9-]{1,40}$'),
  name text not null check (length(name) between 1 and 120),
  plan text not null default 'core' check (plan in ('seed', 'core', 'pro', 'enterprise')),
  default_locale text not null default 'en' check (default_locale in ('en', 'sw')),
  timezone text not null default 'Africa/Nairobi',
  base_currency text not null default 'USD' check (base_currency ~ '^[A-Z]{3}$'),
  fiscal_year_start_month smallint not null default 1 check (fiscal_year_start_month between 1 and 12),
  small_cell_threshold int not null default 5 check (small_cell_threshold between 0 and 50),
  self_verify_allowed boolean not null default false,
  demo boolean not null default false,
  status text not null default 'active' check (status in ('active', 'suspended', 'closing')),
  created_at timestamptz not null default now(),
  created_by uuid,
  updated_at timestamptz not null default now(),
  updated_by uuid,
  row_version int not null default 1,
  unique (tenant_id, id)
);

create table app.membership (
  tenant_id uuid not null references app.tenant (id),
  id uuid not null,
  user_id uuid not null references auth.user_account (id),
  roles text[] not null check (roles <@ array['tenant_admin', 'project_manager', 'meal_officer', 'field_officer',
    'viewer', 'safeguarding_focal']),
  job_title text check (length(job_title) <= 120),
  accepted_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz not null default now(),
  created_by uuid,
  updated_at timestamptz not null default now(),
  updated_by uuid,
  row_version int not null default 1,
  primary key (tenant_id, id),
  unique (tenant_id, user_id)
);
create index membership_by_user on app.membership (user_id);

create table app.project (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  code text not null check (code ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
  title text not null check (length(title) between 1 and 200),
  summary text not null default '' check (length(summary) <= 4000),
  start_date date not null,
  end_date date not null,
  status text not null default 'active' check (status in ('pipeline', 'active', 'suspended', 'completed', 'cancelled')),
  default_locale text not null default 'en' check (default_locale in ('en', 'sw')),
  currency text not null default 'USD' check (currency ~ '^[A-Z]{3}$'),
  framework_template text not null default 'goal_outcome_output_activity',
  framework_status text not null default 'draft' check (framework_status in ('draft', 'approved', 'under_revision')),
  framework_version int not null default 1,
  generated_data boolean not null default false,   -- demonstration figures say that they are
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  updated_at timestamptz not null default now(),
  updated_by uuid,
  row_version int not null default 1,
  deleted_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, code),
  check (start_date <= end_date)
);

create table app.location (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  parent_id uuid,
  name text not null check (length(name) between 1 and 200),
  code text not null check (length(code) between 1 and 60),
  admin_level smallint not null default 0 check (admin_level between 0 and 6),
  active boolean not null default true,
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  updated_at timestamptz not null default now(),
  updated_by uuid,
  row_version int not null default 1,
  primary key (tenant_id, id),
  unique (tenant_id, code),
  foreign key (tenant_id, parent_id) references app.location (tenant_id, id),
  check (parent_id is distinct from id)
);

create table app.project_location (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  project_id uuid not null,
  location_id uuid not null,
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  primary key (tenant_id, id),
  unique (tenant_id, project_id, location_id),
  foreign key (tenant_id, project_id) references app.project (tenant_id, id),
  foreign key (tenant_id, location_id) references app.location (tenant_id, id)
);

create table app.project_member (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  project_id uuid not null,
  membership_id uuid not null,
  role text not null check (role in ('project_manager', 'meal_officer', 'field_officer', 'viewer')),
  location_ids uuid[] not null default '{}',   -- empty: every location of the project
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  updated_at timestamptz not null default now(),
  updated_by uuid,
  row_version int not null default 1,
  primary key (tenant_id, id),
  unique (tenant_id, project_id, membership_id, role),
  -- a limit that is not kept would be a false promise
  check (role = 'field_officer' or location_ids = '{}'),
  foreign key (tenant_id, project_id) references app.project (tenant_id, id),
  foreign key (tenant_id, membership_id) references app.membership (tenant_id, id)
);
create index project_member_by_membership on app.project_member (tenant_id, membership_id);

create table app.api_token (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  name text not null check (length(name) between 1 and 80),
  membership_id uuid not null,
  token_hash bytea not null unique check (octet_length(token_hash) = 32),
  last_four text not null check (length(last_four) = 4),
  generation int not null,               -- the account's at creation: a later one ends the token
  expires_at timestamptz not null,
  last_used_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  primary key (tenant_id, id),
  foreign key (tenant_id, membership_id) references app.membership (tenant_id, id),
  check (expires_at <= created_at + interval '365 days')
);
create index api_token_by_membership on app.api_token (tenant_id, membership_id);

do $$
declare _t text;
begin
  foreach _t in array array['tenant', 'membership', 'project', 'location', 'project_location', 'project_member', 'api_token'] loop
    execute format('call app.protect(%L)', 'app.' || _t);
  end loop;
end
$$;
-- a token is its maker's own, whatever SQL says
create policy own_token on app.api_token as restrictive for insert to kipimo_tenant
  with check (membership_id in (select m.id from app.membership m where m.user_id = (select app.actor())));
call app.watch('app.tenant');
call app.watch('app.membership');
call app.watch('app.project');
call app.watch('app.location');
call app.watch('app.project_location');
call app.watch('app.project_member');
call app.watch('app.api_token', 'token_hash', 'last_used_at');

grant select on app.tenant, app.membership, app.project, app.location, app.project_location, app.project_member, app.api_token
  to kipimo_tenant, kipimo_gate;
grant insert, update on app.project, app.location, app.project_location, app.project_member to kipimo_tenant;
grant insert on app.api_token to kipimo_tenant;
grant update (revoked_at) on app.api_token to kipimo_tenant;
grant delete on app.project_member, app.project_location to kipimo_tenant;

reset role;
