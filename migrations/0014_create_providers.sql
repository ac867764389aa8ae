-- An organisation's own OpenID Connect provider, which stands for the password of its people.
--
-- A provider is trusted for the addresses of one domain, which the organisation has shown to be its own, and for nothing else:
-- whoever rules an organisation must not become somebody of another one by saying so.
set role kipimo_owner;

create table app.provider (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  issuer text not null check (length(issuer) between 8 and 500),
  client_id text not null check (length(client_id) between 1 and 255),
  client_secret bytea check (octet_length(client_secret) <= 1024),   -- sealed with the organisation's key; none for a public client
  domain text not null check (length(domain) <= 253 and domain = lower(domain) and domain ~ '^([a-z0-9-]+\.)+[a-z0-9-]+$'),
  domain_proof text not null check (length(domain_proof) between 16 and 64),   -- what a TXT record of the domain must say
  verified_at timestamptz,
  groups_claim text not null default 'groups' check (length(groups_claim) between 1 and 80),
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  updated_at timestamptz not null default now(),
  updated_by uuid,
  row_version int not null default 1,
  primary key (tenant_id, id),
  unique (tenant_id),
  unique (id)
);
-- a domain is one organisation's
create unique index provider_by_domain on app.provider (domain) where verified_at is not null;

-- Which role a group of the provider brings. None that rules an organisation or its confidential cases.
create table app.provider_role (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  provider_id uuid not null,
  group_name text not null check (length(group_name) between 1 and 200),
  role text not null check (role in ('project_manager', 'meal_officer', 'field_officer', 'viewer')),
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  primary key (tenant_id, id),
  unique (tenant_id, provider_id, group_name, role),
  foreign key (tenant_id, provider_id) references app.provider (tenant_id, id) on delete cascade
);

-- Whom a provider knows by which subject. An issuer is part of the name: another one's subjects are other people.
create table app.provider_identity (
  tenant_id uuid not null references app.tenant (id),
  id uuid not null,
  issuer text not null,
  subject text not null check (length(subject) between 1 and 255),
  user_id uuid not null references auth.user_account (id),
  created_at timestamptz not null default now(),
  last_used_at timestamptz not null default now(),
  primary key (tenant_id, id),
  unique (tenant_id, issuer, subject)
);
create index provider_identity_by_user on app.provider_identity (user_id);

call app.protect('app.provider');
call app.protect('app.provider_role');
call app.protect('app.provider_identity');
call app.watch('app.provider', 'client_secret');
call app.watch('app.provider_role');
call app.watch('app.provider_identity', 'subject', 'last_used_at');

-- The provider by which members with an address of its domain must have signed in; none while it is only offered.
alter table app.tenant add column required_provider_id uuid,
  add foreign key (tenant_id, required_provider_id) references app.provider (tenant_id, id);
grant update (required_provider_id) on app.tenant to kipimo_tenant;
-- that a domain was shown is said by gate.verify_provider alone
grant select, delete, insert (tenant_id, id, issuer, client_id, client_secret, domain, domain_proof, groups_claim, created_by),
  update (issuer, client_id, client_secret, domain, domain_proof, groups_claim) on app.provider to kipimo_tenant;
-- and it was shown for this provider and no other
create function app.forget_domain() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  if (new.issuer, new.client_id, new.domain, new.domain_proof) is distinct from (old.issuer, old.client_id, old.domain, old.domain_proof) then
    new.verified_at := null;
  end if;
  return new;
end
$$;
create trigger forget_domain before update on app.provider for each row execute function app.forget_domain();
grant select, insert, delete on app.provider_role to kipimo_tenant;
grant select, update (verified_at, row_version, updated_at, updated_by) on app.provider to kipimo_gate;
grant select on app.provider_role to kipimo_gate;
grant select, insert, update (last_used_at) on app.provider_identity to kipimo_gate;

-- By which provider a session was begun.
alter table auth.session add column provider_id uuid;
create index session_by_provider on auth.session (provider_id) where provider_id is not null;

set role kipimo_gate;

-- The provider of a domain, for who wants to sign in with an address of it.
create function gate.provider_of_domain(_domain text) returns uuid
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
begin
  return (select p.id from app.provider p join app.tenant t on t.id = p.tenant_id and t.status = 'active'
    where p.domain = _domain and p.verified_at is not null);
end
$$;

-- Notes that the domain of this organisation's provider has said its proof. The server alone asks domains, and signs that it did: SQL
-- within an organisation can say nothing of the kind. Answers whether there was such a provider.
create function gate.verify_provider(_mac text) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _key gate.context_key;
begin
  select * into _key from gate.context_key where id = 1;
  update app.provider p set verified_at = now()
    where p.tenant_id = app.tenant()
      and _mac = encode(sha256(_key.outer_pad || sha256(_key.inner_pad
        || convert_to('domain|' || p.tenant_id || '|' || p.domain || '|' || p.domain_proof, 'UTF8'))), 'hex');
  return found;
end
$$;
grant execute on function gate.verify_provider(text) to kipimo_tenant;

-- What the server must know to ask a provider.
create function gate.provider(_id uuid) returns table (tenant_id uuid, name text, issuer text, client_id text, client_secret bytea,
  groups_claim text)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
begin
  return query
    select p.tenant_id, t.name, p.issuer, p.client_id, p.client_secret, p.groups_claim
    from app.provider p join app.tenant t on t.id = p.tenant_id and t.status = 'active'
    where p.id = _id and p.verified_at is not null;
end
$$;
grant execute on function gate.provider_of_domain(text), gate.provider(uuid) to kipimo_app, kipimo_identity;

-- Whom a provider has vouched for, and why nobody where it is nobody: `domain`, `let_go`, `closed` or `again`. Who is not a member yet becomes
-- one: a viewer, or what their groups bring. Roles that the provider's groups do not bring at all are left as they are.
create function gate.admit_by_provider(_provider uuid, _issuer text, _subject text, _email text, _name text, _locale text, _groups text[],
  _new_user uuid, _new_identity uuid, _new_membership uuid, _request uuid, _agent text) returns table (user_id uuid, refused text, linked boolean)
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _p app.provider;
  _u auth.user_account;
  _m app.membership;
  _governed text[];
  _brought text[];
  _refused text;
  _linked boolean := false;
  _again boolean := false;
  _invited text[];
  _action text;
  _event audit.event;
begin
  select p.* into _p from app.provider p join app.tenant t on t.id = p.tenant_id and t.status = 'active'
    where p.id = _provider and p.issuer = _issuer and p.verified_at is not null;
  if not found then
    return;
  end if;
  select u.* into _u from app.provider_identity i join auth.user_account u on u.id = i.user_id
    where i.tenant_id = _p.tenant_id and i.issuer = _issuer and i.subject = _subject;
  if _u.id is null and split_part(_email, '@', 2) = _p.domain then
    insert into auth.user_account (id, email, name, locale) values (_new_user, _email, _name, _locale) on conflict (email) do nothing;
    select u.* into _u from auth.user_account u where u.email = _email;
    _linked := true;
    -- somebody else has this address at the provider now: whom it knew by it is not opened to them
    _again := exists (select from app.provider_identity i where i.tenant_id = _p.tenant_id and i.issuer = _issuer and i.user_id = _u.id
      and i.subject <> _subject);
  end if;
  -- what an administrator is changing just now is waited for
  perform pg_advisory_xact_lock(hashtextextended('members:' || _p.tenant_id, 0));
  select m.* into _m from app.membership m where m.tenant_id = _p.tenant_id and m.user_id = _u.id;
  _refused := case
    -- an address that has left the domain is no longer the provider's to speak for
    when _u.id is null or split_part(_u.email, '@', 2) <> _p.domain then 'domain'
    when _u.status <> 'active' or _u.is_super_admin then 'closed'
    when _m.revoked_at is not null then 'let_go'
    when _again then 'again'
  end;
  if _refused is null then
    insert into app.provider_identity as i (tenant_id, id, issuer, subject, user_id)
      values (_p.tenant_id, _new_identity, _issuer, _subject, _u.id)
      on conflict (tenant_id, issuer, subject) do update set last_used_at = now();
    select coalesce(array_agg(distinct r.role), '{}'), coalesce(array_agg(distinct r.role) filter (where r.group_name = any (_groups)), '{}')
      into _governed, _brought from app.provider_role r where r.tenant_id = _p.tenant_id and r.provider_id = _p.id;
    if _m.id is null then
      -- an invitation that waits for them is taken up by coming
      update app.invitation i set accepted_at = now(), accepted_by = _u.id
        where i.tenant_id = _p.tenant_id and i.email = _u.email and i.accepted_at is null and i.revoked_at is null and i.expires_at > now()
        returning i.roles into _invited;
      _brought := array(select unnest(_brought) union select unnest(_invited) order by 1);
      insert into app.membership (tenant_id, id, user_id, roles, accepted_at)
        values (_p.tenant_id, _new_membership, _u.id, case when _brought = '{}' then array['viewer'] else _brought end, now());
      _action := 'membership.joined_by_provider';
    elsif _groups is not null and _governed <> '{}' and not _m.roles && array['tenant_admin', 'safeguarding_focal'] then
      update app.membership m set roles = r.roles, accepted_at = coalesce(m.accepted_at, now())
        from (select case when kept.roles = '{}' then array['viewer'] else kept.roles end as roles
          from (select array(select unnest(_m.roles) except select unnest(_governed) union select unnest(_brought) order by 1) as roles) kept) r
        where m.tenant_id = _p.tenant_id and m.id = _m.id and (m.roles is distinct from r.roles or m.accepted_at is null);
      if found then
        _action := 'membership.roles_by_provider';
      end if;
    end if;
  end if;
  if _refused is not null or _action is not null then
    _event := row(_p.tenant_id, gen_random_uuid(), clock_timestamp(), 'act',
      coalesce(_action, 'session.refused'), 'provider', _p.id, null,
      case when _refused is null then _u.id end, case when _refused is null then 'user' else 'public' end, null, 'none', _request,
      case when _refused is null then 'ok' else 'denied' end, null, null, ''::bytea, decode(repeat('00', 32), 'hex'));
    perform gate.append(_event, '{}', 'provider: ' || _refused, null, _agent);
  end if;
  return query select _u.id, _refused, _linked and _u.id <> _new_user;
end
$$;
grant execute on function gate.admit_by_provider(uuid, text, text, text, text, text, text[], uuid, uuid, uuid, uuid, text) to kipimo_identity;

-- Whether an organisation that demands its provider holds somebody to it by their address: such an address is not exchanged for one
-- that the provider does not speak for.
create function gate.is_held() returns boolean
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
begin
  return exists (
    select from auth.user_account u
    join app.membership m on m.user_id = u.id and m.accepted_at is not null and m.revoked_at is null and not 'tenant_admin' = any (m.roles)
    join app.tenant t on t.id = m.tenant_id and t.status = 'active'
    join app.provider p on p.tenant_id = t.id and p.id = t.required_provider_id and p.domain = split_part(u.email, '@', 2)
    where u.id = app.actor());
end
$$;
grant execute on function gate.is_held() to kipimo_account;

-- Ends the sessions that a provider of this organisation has begun.
create function gate.end_provider_sessions(_provider uuid) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select from app.provider p where p.tenant_id = app.tenant() and p.id = _provider) then
    raise exception 'not a provider of this organisation' using errcode = 'insufficient_privilege';
  end if;
  -- one that goes on under another id just now is waited for, and ends too
  perform from auth.user_account u where u.id in (select s.user_id from auth.session s where s.provider_id = _provider) order by u.id for update;
  update auth.session set revoked_at = coalesce(revoked_at, now()), superseded = false
    where provider_id = _provider and (revoked_at is null or superseded);
end
$$;
grant execute on function gate.end_provider_sessions(uuid) to kipimo_tenant;

reset role;
