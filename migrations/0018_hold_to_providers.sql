-- What an organisation's provider has begun lasts as long as that provider is what it was, and its demand holds people whatever they do
-- with their address or with a token. Sessions of an impersonation keep to one organisation.
set role kipimo_owner;

-- Another issuer, client or domain makes another provider of it, though it keeps its id and with it the way back.
alter table app.provider add column generation uuid not null default gen_random_uuid();
alter table auth.session add column provider_generation uuid;
alter table app.api_token add column provider_generation uuid;   -- of the session in which it was made
-- an impersonation: of whom (user_id), by whom, why, in which organisation, and for which ticket
alter table auth.session add column visited_tenant_id uuid references app.tenant (id), add column ticket text check (length(ticket) between 1 and 80),
  add column impersonator_generation int, add column operator_session_id uuid,   -- the impersonator's own session
  add check (kind <> 'impersonation' or (visited_tenant_id is not null and ticket is not null and impersonator_generation is not null and operator_session_id is not null
    and absolute_until <= created_at + interval '30 minutes'));
grant update (generation) on app.provider to kipimo_gate;

create or replace function app.forget_domain() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  if (new.issuer, new.client_id, new.domain, new.domain_proof) is distinct from (old.issuer, old.client_id, old.domain, old.domain_proof) then
    new.verified_at := null;
    new.generation := gen_random_uuid();
  end if;
  return new;
end
$$;

-- The addresses that people had before: none of them makes somebody new of who is known by another one now.
create table auth.former_address (
  id uuid primary key,
  user_id uuid not null references auth.user_account (id) on delete cascade,
  mark bytea not null check (octet_length(mark) = 32),   -- a keyed hash of the address
  left_at timestamptz not null default now()
);
create index former_address_by_mark on auth.former_address (mark);
create index former_address_by_user on auth.former_address (user_id);
call auth.protect('auth.former_address', 'user_id');
grant insert on auth.former_address to kipimo_account;
grant select on auth.former_address to kipimo_gate;

set role kipimo_gate;

alter type gate.standing add attribute provider_generation uuid, add attribute impersonator_name text, add attribute session_until timestamptz,
  add attribute session_id uuid;

-- Whose cookie is this, and what is the person in this organisation? One statement finds the session, its person, the organisation and the
-- place in it: this is asked with every page.
create or replace function gate.authenticate(_id_hash bytea, _slug text) returns setof gate.standing
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _r record;
  _has boolean;
  _assignments jsonb;
  _owed uuid;
  _slugs text[];
  _names text[];
begin
  select s.id as session_id, s.kind, s.impersonator_id, s.mfa_at, s.stepped_up_at, s.last_seen, s.absolute_until, s.provider_id, s.provider_generation,
      u.id as user_id, u.email, u.name, u.locale, u.is_super_admin,
      t.id as tenant_id, t.slug, t.name as tenant_name, t.self_verify_allowed, t.demo, t.second_factor_roles, t.required_provider_id,
      m.id as membership_id, m.roles, p.id as alive, i.name as impersonator_name
    into _r
    from auth.session s
    join auth.user_account u on u.id = s.user_id and u.status = 'active' and u.generation = s.generation
    left join app.tenant t on _slug <> '' and t.slug = _slug and t.status = 'active'
      and (s.kind = 'session' or s.kind = 'impersonation' and t.id = s.visited_tenant_id and t.support_access)
    left join app.membership m on m.tenant_id = t.id and m.user_id = u.id
      and m.accepted_at is not null and m.revoked_at is null and m.roles <> '{}'
    left join app.provider p on p.id = s.provider_id and p.generation = s.provider_generation and p.verified_at is not null
    left join auth.user_account i on i.id = s.impersonator_id and i.status = 'active' and i.is_super_admin
      and i.generation = s.impersonator_generation
      and exists (select from auth.session o where o.id = s.operator_session_id and o.user_id = i.id and o.revoked_at is null and o.absolute_until > now())
    where s.id_hash = _id_hash and s.revoked_at is null
      and s.last_seen + s.idle_seconds * interval '1 second' > now() and s.absolute_until > now();
  if not found or (_r.provider_id is not null and _r.alive is null) or (_r.kind = 'impersonation' and _r.impersonator_name is null) then
    return;
  end if;
  if _r.last_seen < now() - interval '1 minute' then
    update auth.session set last_seen = now() where id_hash = _id_hash and revoked_at is null;
  end if;
  _has := _r.mfa_at is not null or gate.has_factor(_r.user_id);
  -- begun with the password alone, while a second factor was being set up elsewhere: it proves too little now
  if _has and _r.mfa_at is null and _r.kind = 'session' then
    return;
  end if;
  if _r.membership_id is not null then
    _assignments := gate.assignments(_r.tenant_id, _r.membership_id);
    if _r.kind = 'session' then
      select array_agg(o.slug), array_agg(o.name) into _slugs, _names
        from (select t.slug, t.name from app.membership m join app.tenant t on t.id = m.tenant_id and t.status = 'active'
          where m.user_id = _r.user_id and m.tenant_id <> _r.tenant_id and m.accepted_at is not null and m.revoked_at is null and m.roles <> '{}'
          order by t.name limit 20) o;
      -- administrators keep a way in for the day on which the provider is out of order; they have a second factor in any case
      if _r.required_provider_id is distinct from _r.provider_id and _r.required_provider_id is not null and not 'tenant_admin' = any (_r.roles) then
        select p.id into _owed from app.provider p
          where p.tenant_id = _r.tenant_id and p.id = _r.required_provider_id and p.domain = split_part(_r.email, '@', 2);
      end if;
    end if;
  end if;
  return next row(_r.user_id, _r.email, _r.name, _r.locale, _r.is_super_admin, _has,
    _r.kind, _r.impersonator_id, _r.mfa_at, _r.stepped_up_at,
    case when _r.membership_id is not null then _r.tenant_id end, case when _r.membership_id is not null then _r.slug end,
    case when _r.membership_id is not null then _r.tenant_name end, _r.self_verify_allowed, _r.demo,
    _r.membership_id, _r.roles, _assignments,
    not _has and (_r.is_super_admin or gate.owes_factor(_r.user_id)),
    coalesce(_r.stepped_up_at > now() - interval '10 minutes', false),
    _r.membership_id is not null and (_r.roles && (array['tenant_admin', 'safeguarding_focal'] || _r.second_factor_roles)
      or (_r.second_factor_roles <> '{}' and exists (
        select from jsonb_array_elements(_assignments) a where a ->> 'role' = any (_r.second_factor_roles)))),
    _owed, _slugs, _names, null, null, _r.provider_generation, _r.impersonator_name, _r.absolute_until,
    _r.session_id)::gate.standing;
end
$$;

-- A token of who is held to a provider counts only where it was made in a session that the provider began.
create or replace function gate.authenticate_token(_hash bytea) returns setof gate.standing
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _k app.api_token;
  _u auth.user_account;
  _t app.tenant;
  _m app.membership;
begin
  select * into _k from app.api_token where token_hash = _hash and revoked_at is null and expires_at > now();
  if not found then
    return;
  end if;
  select * into _m from app.membership where tenant_id = _k.tenant_id and id = _k.membership_id
    and accepted_at is not null and revoked_at is null and roles <> '{}';
  select * into _t from app.tenant where id = _k.tenant_id and status = 'active';
  select * into _u from auth.user_account where id = _m.user_id and status = 'active' and generation = _k.generation;
  if _u.id is null or _t.id is null or _m.id is null then
    return;
  end if;
  if _t.required_provider_id is not null and not 'tenant_admin' = any (_m.roles) and exists (select from app.provider p
    where p.tenant_id = _t.id and p.id = _t.required_provider_id and p.domain = split_part(_u.email, '@', 2)
      and p.generation is distinct from _k.provider_generation) then
    return;
  end if;
  if _k.last_used_at is null or _k.last_used_at < now() - interval '1 hour' then
    update app.api_token set last_used_at = now() where tenant_id = _k.tenant_id and id = _k.id;
  end if;
  return next row(_u.id, _u.email, _u.name, _u.locale, false, gate.has_factor(_u.id),
    'token', null, null, null, _t.id, _t.slug, _t.name, _t.self_verify_allowed, _t.demo,
    _m.id, _m.roles, gate.assignments(_t.id, _m.id), false, false, false, null, null, null, _k.scopes, _k.project_ids,
    null, null, null, null)::gate.standing;
end
$$;

create or replace function gate.standing_of(_email text) returns setof gate.standing
language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select u.id, u.email, u.name, u.locale, u.is_super_admin, gate.has_factor(u.id),
    'session', null::uuid, now(), now(), t.id, t.slug, t.name, t.self_verify_allowed, t.demo,
    m.id, m.roles, gate.assignments(t.id, m.id), false, true, false, null::uuid, null::text[], null::text[], null::text[], null::uuid[],
    null::uuid, null::text, null::timestamptz, null::uuid
  from auth.user_account u
  left join app.membership m on m.user_id = u.id and m.accepted_at is not null and m.revoked_at is null
  left join app.tenant t on t.id = m.tenant_id
  where u.email = _email and u.status = 'active'
  order by t.slug limit 1
$$;

-- What the server must know to ask a provider, as before; and which one it is, for what this one begins.
drop function gate.provider(uuid);
create function gate.provider(_id uuid) returns table (tenant_id uuid, name text, issuer text, client_id text, client_secret bytea,
  groups_claim text, generation uuid)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
begin
  return query
    select p.tenant_id, t.name, p.issuer, p.client_id, p.client_secret, p.groups_claim, p.generation
    from app.provider p join app.tenant t on t.id = p.tenant_id and t.status = 'active'
    where p.id = _id and p.verified_at is not null;
end
$$;
grant execute on function gate.provider(uuid) to kipimo_app, kipimo_identity;

-- Whom a provider has vouched for, as before; by the generation of the provider that was asked, so that what changed meanwhile lets nobody in.
-- An account that was there before is linked in the same transaction as it is written down.
drop function gate.admit_by_provider(uuid, text, text, text, text, text, text[], uuid, uuid, uuid, uuid, text);
create function gate.admit_by_provider(_provider uuid, _generation uuid, _subject text, _email text, _mark bytea, _name text, _locale text, _groups text[],
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
    where p.id = _provider and p.generation = _generation and p.verified_at is not null;
  if not found then
    return;
  end if;
  -- what an administrator is changing just now is waited for
  perform pg_advisory_xact_lock(hashtextextended('members:' || _p.tenant_id, 0));
  select u.* into _u from app.provider_identity i join auth.user_account u on u.id = i.user_id
    where i.tenant_id = _p.tenant_id and i.issuer = _p.issuer and i.subject = _subject;
  if _u.id is null and split_part(_email, '@', 2) = _p.domain then
    select u.* into _u from auth.user_account u where u.email = _email;
    -- a member was known by this address and has another one now: they do not come back as somebody new, and who has their address now
    -- is invited by it
    _again := _u.id is null and exists (select from auth.former_address f join app.membership m on m.user_id = f.user_id
      where f.mark = _mark and m.tenant_id = _p.tenant_id);
    if _u.id is null and not _again then
      insert into auth.user_account (id, email, name, locale) values (_new_user, _email, _name, _locale) on conflict (email) do nothing;
      select u.* into _u from auth.user_account u where u.email = _email;
    end if;
    _linked := true;
    -- somebody else has this address at the provider now: whom it knew by it is not opened to them
    _again := _again or exists (select from app.provider_identity i
      where i.tenant_id = _p.tenant_id and i.issuer = _p.issuer and i.user_id = _u.id and i.subject <> _subject);
  end if;
  select m.* into _m from app.membership m where m.tenant_id = _p.tenant_id and m.user_id = _u.id;
  _refused := case
    when _u.id is null and _again then 'again'
    -- an address that has left the domain is no longer the provider's to speak for
    when _u.id is null or split_part(_u.email, '@', 2) <> _p.domain then 'domain'
    when _u.status <> 'active' or _u.is_super_admin then 'closed'
    when _m.revoked_at is not null then 'let_go'
    when _again then 'again'
  end;
  if _refused is null then
    insert into app.provider_identity as i (tenant_id, id, issuer, subject, user_id)
      values (_p.tenant_id, _new_identity, _p.issuer, _subject, _u.id)
      on conflict (tenant_id, issuer, subject) do update set last_used_at = now();
    select coalesce(array_agg(distinct r.role), '{}'), coalesce(array_agg(distinct r.role) filter (where r.group_name = any (_groups)), '{}')
      into _governed, _brought from app.provider_role r where r.tenant_id = _p.tenant_id and r.provider_id = _p.id;
    if _m.id is null then
      -- an invitation that waits for them is taken up by coming
      update app.invitation i set accepted_at = now(), accepted_by = _u.id
        where i.tenant_id = _p.tenant_id and i.email = _u.email and i.accepted_at is null and i.revoked_at is null and i.expires_at > now()
          and not 'tenant_admin' = any (i.roles)   -- that one takes its own secret
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
    _linked := _linked and _u.id <> _new_user;
    if _linked then
      _action := coalesce(_action, 'membership.linked_by_provider');
    end if;
  end if;
  if _refused is not null or _action is not null then
    _event := row(_p.tenant_id, gen_random_uuid(), clock_timestamp(), 'act',
      coalesce(_action, 'session.refused'), 'provider', _p.id, null,
      case when _refused is null then _u.id end, case when _refused is null then 'user' else 'public' end, null, 'none', _request,
      case when _refused is null then 'ok' else 'denied' end, null, null, ''::bytea, decode(repeat('00', 32), 'hex'));
    perform gate.append(_event, '{}', 'provider: ' || _refused, null, _agent);
  end if;
  return query select _u.id, _refused, _linked;
end
$$;
grant execute on function gate.admit_by_provider(uuid, uuid, text, text, bytea, text, text, text[], uuid, uuid, uuid, uuid, text) to kipimo_identity;

-- Whether an organisation's provider speaks for the address of somebody who belongs to it. From the day on which the domain was shown such
-- an address is not exchanged for one of another domain: a demand that comes later would not hold who left it in time.
drop function gate.is_held();
create function gate.is_held(_wanted text) returns boolean
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
begin
  return exists (
    select from auth.user_account u
    join app.membership m on m.user_id = u.id and m.accepted_at is not null and m.revoked_at is null and not 'tenant_admin' = any (m.roles)
    join app.tenant t on t.id = m.tenant_id
    join app.provider p on p.tenant_id = t.id and p.verified_at is not null and p.domain = split_part(u.email, '@', 2) and p.domain <> split_part(_wanted, '@', 2)
    where u.id = app.actor());
end
$$;
grant execute on function gate.is_held(text) to kipimo_account;

reset role;
