-- Published reports that can be shown to be an organisation's own: keys that sign, signatures, withdrawals, and what was told by group.
set role kipimo_owner;

-- A key is one organisation's. Its public part is for everybody and stays for ever; what was signed with it stays told by it. The private
-- part is sealed with the key of the organisation's data, and destroyed with that.
create table app.report_key (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  -- the first half of the public part's SHA-256
  kid text not null unique check (kid ~ '^[0-9a-f]{32}$'),
  public_key bytea not null check (octet_length(public_key) = 32),
  sealed bytea not null check (octet_length(sealed) between 33 and 255),
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  retired_at timestamptz,
  -- it may be in wrong hands since: whoever has it seals what they like
  exposed_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, kid),
  check (exposed_at is null or retired_at is not null),
  check (kid = left(encode(sha256(public_key), 'hex'), 32))
);
-- one signs at a time
create unique index report_key_in_use on app.report_key (tenant_id) where retired_at is null;

create function app.refuse_old_key() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'a key that was retired signs no more' using errcode = 'insufficient_privilege';
end
$$;
create trigger retired before update on app.report_key
  for each row when (old.retired_at is not null) execute function app.refuse_old_key();
grant execute on function app.refuse_old_key() to kipimo_tenant;

call app.protect('app.report_key');
call app.watch('app.report_key', 'sealed');
grant select on app.report_key to kipimo_tenant;
grant insert (id, kid, public_key, sealed) on app.report_key to kipimo_tenant;
grant update (retired_at, exposed_at) on app.report_key to kipimo_tenant;

-- Snapshots of before have no signature, and get none: nobody can say today that they were signed then.
alter table app.report_snapshot
  add column signature bytea check (octet_length(signature) = 64),
  add column key_id text,
  add foreign key (tenant_id, key_id) references app.report_key (tenant_id, kid);
alter table app.report_snapshot add constraint signed check (signature is not null and key_id is not null) not valid;
create index report_snapshot_by_sha256 on app.report_snapshot (sha256);

-- What was published never changes, so that it was withdrawn stands beside it, once and for good.
create table app.report_withdrawal (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  project_id uuid not null,
  snapshot_id uuid not null,
  reason text not null check (length(reason) between 10 and 500),
  withdrawn_at timestamptz not null default now(),
  withdrawn_by uuid default app.actor(),
  primary key (tenant_id, id),
  unique (tenant_id, snapshot_id),
  foreign key (tenant_id, project_id, snapshot_id) references app.report_snapshot (tenant_id, project_id, id)
);
call app.protect('app.report_withdrawal');
call app.keep_to_programmes('app.report_withdrawal', 'project_id = any ((select gate.projects_in_scope())::uuid[])');
call app.watch('app.report_withdrawal');
grant select on app.report_withdrawal to kipimo_tenant;
-- when and by whom says the database
grant insert (id, project_id, snapshot_id, reason) on app.report_withdrawal to kipimo_tenant;

-- What reports told by group, so that a later one tells no group that an earlier one hid. Of a hidden group only that it was.
create table app.published_group (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  project_id uuid not null,
  snapshot_id uuid not null,
  indicator_id uuid not null,
  column_key text not null check (column_key ~ '^\d{4}(-Q[1-4])?$'),
  dimension_key text not null,
  -- empty for what was reported without saying of which value
  code text not null,
  actual numeric(24, 6),
  hidden boolean not null,
  published_at timestamptz not null default now(),
  primary key (tenant_id, snapshot_id, indicator_id, dimension_key, code),
  foreign key (tenant_id, project_id, snapshot_id) references app.report_snapshot (tenant_id, project_id, id),
  foreign key (tenant_id, project_id, indicator_id) references app.indicator (tenant_id, project_id, id),
  check (not hidden or actual is null)
);
create index published_group_by_column on app.published_group (tenant_id, project_id, column_key, indicator_id, published_at desc);
call app.protect('app.published_group');
call app.keep_to_programmes('app.published_group', 'project_id = any ((select gate.projects_in_scope())::uuid[])');
grant select on app.published_group to kipimo_tenant;
grant insert (project_id, snapshot_id, indicator_id, column_key, dimension_key, code, actual, hidden) on app.published_group to kipimo_tenant;

-- A donor reads the signature of the one snapshot, and whether it was withdrawn; what they take away is sealed with the key in use.
grant select (signature, key_id) on app.report_snapshot to kipimo_portal;
grant select (tenant_id, id, kid, public_key, sealed, retired_at) on app.report_key to kipimo_portal;
grant select (tenant_id, id, snapshot_id, reason, withdrawn_at) on app.report_withdrawal to kipimo_portal;
create policy portal_key on app.report_key for select to kipimo_portal
  using ((select current_setting('app.ctx', true)) <> '');
create policy portal_withdrawal on app.report_withdrawal for select to kipimo_portal
  using (snapshot_id in (select l.snapshot_id from app.donor_link l where l.id = (select app.actor())));

grant select (tenant_id, kid, public_key, exposed_at) on app.report_key to kipimo_gate;
grant select (tenant_id, snapshot_id, withdrawn_at) on app.report_withdrawal to kipimo_gate;

set role kipimo_gate;

-- The public keys, and of nobody in particular: whose a key is tells who has something that it signed.
create function gate.report_keys() returns table (public_key bytea, exposed boolean)
language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select k.public_key, k.exposed_at is not null from app.report_key k order by k.kid
$$;

-- What a published report of this hash is: what it says of itself, and where it stands. `_kid` names a key of the same organisation; none
-- for the one that signed the report. No row for a hash that is nobody's.
create function gate.verify_snapshot(_sha256 bytea, _kid text)
returns table (organisation text, project text, title text, version int, published_at timestamptz, key_id text, signature bytea,
  public_key bytea, exposed boolean, newer_version int, newer_at timestamptz, withdrawn_at timestamptz)
language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select c.body ->> 'organisation', c.body ->> 'project', c.body ->> 'title', s.version, s.published_at, s.key_id, s.signature,
    k.public_key, k.exposed_at is not null, n.version, n.published_at, w.withdrawn_at
  from app.report_snapshot s
  cross join lateral (select convert_from(s.content, 'UTF8')::json as body) c
  left join lateral (
    select v.version, v.published_at from app.report_snapshot v
    where v.tenant_id = s.tenant_id and v.report_id = s.report_id and v.version > s.version
    order by v.version desc limit 1
  ) n on true
  left join app.report_key k on k.tenant_id = s.tenant_id and k.kid = coalesce(_kid, s.key_id)
  left join app.report_withdrawal w on w.tenant_id = s.tenant_id and w.snapshot_id = s.id
  where s.sha256 = _sha256
  -- reports of before signing that were published twice without a change are one content: the newest stands for all
  order by s.published_at desc limit 1
$$;

-- The newest version of the report whose snapshot a donor reads, if it is another one.
create function gate.newer_version() returns table (version int, published_at timestamptz)
language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select n.version, n.published_at
  from app.donor_link l
  join app.report_snapshot s on s.tenant_id = l.tenant_id and s.id = l.snapshot_id
  join app.report_snapshot n on n.tenant_id = s.tenant_id and n.report_id = s.report_id and n.version > s.version
  where l.tenant_id = app.tenant() and l.id = app.actor()
  order by n.version desc limit 1
$$;
revoke execute on function gate.report_keys(), gate.verify_snapshot(bytea, text), gate.newer_version() from public;
grant execute on function gate.report_keys(), gate.verify_snapshot(bytea, text) to kipimo_app;
grant execute on function gate.newer_version() to kipimo_portal;

reset role;
