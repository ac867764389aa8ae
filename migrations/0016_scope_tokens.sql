-- What an API token carries of what its owner may do, and who revoked it.
set role kipimo_owner;

alter table app.api_token
  add column scopes text[] not null default '{read,values,review,links,audit}'
    check (scopes <> '{}' and scopes <@ array['read', 'values', 'review', 'links', 'audit']),
  add column project_ids uuid[] not null default '{}',   -- empty: all that its owner sees
  add column revoked_by uuid;
alter table app.api_token alter column scopes drop default;
grant update (revoked_by) on app.api_token to kipimo_tenant;

set role kipimo_gate;
-- A token for a person of the demonstration, as before, with every scope.
create or replace function gate.issue_demonstration_token(_email text, _id uuid, _hash bytea, _last_four text) returns uuid
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _made uuid;
begin
  insert into app.api_token (tenant_id, id, name, membership_id, token_hash, last_four, generation, expires_at, scopes)
    select m.tenant_id, _id, 'demonstration', m.id, _hash, _last_four, u.generation, now() + interval '90 days', '{read,values,review,links,audit}'
    from auth.user_account u join app.membership m on m.user_id = u.id join app.tenant t on t.id = m.tenant_id and t.demo
    where u.email = _email
    order by t.slug limit 1
    returning id into _made;
  return _made;
end
$$;

-- What a person is, as before; with the provider by which they have yet to sign in, the other organisations that they belong to, and what a
-- token carries of it.
alter type gate.standing add attribute provider_owed uuid, add attribute other_slugs text[], add attribute other_names text[],
  add attribute token_scopes text[], add attribute token_projects uuid[];

create or replace function gate.authenticate(_id_hash bytea, _slug text) returns setof gate.standing
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _s auth.session;
  _u auth.user_account;
  _t app.tenant;
  _m app.membership;
  _has boolean;
  _assignments jsonb;
  _owed uuid;
  _slugs text[];
  _names text[];
begin
  select * into _s from auth.session where id_hash = _id_hash and revoked_at is null
    and last_seen + idle_seconds * interval '1 second' > now() and absolute_until > now();
  if not found then
    return;
  end if;
  select * into _u from auth.user_account where id = _s.user_id and status = 'active' and generation = _s.generation;
  if not found then
    return;
  end if;
  if _s.last_seen < now() - interval '1 minute' then
    update auth.session set last_seen = now() where id_hash = _id_hash and revoked_at is null;
  end if;
  if _slug <> '' and _s.kind <> 'pending' then
    select * into _t from app.tenant where slug = _slug and status = 'active';
    if found then
      select * into _m from app.membership where tenant_id = _t.id and user_id = _u.id
        and accepted_at is not null and revoked_at is null and roles <> '{}';
    end if;
  end if;
  _has := _s.mfa_at is not null or gate.has_factor(_u.id);
  -- begun with the password alone, while a second factor was being set up elsewhere: it proves too little now
  if _has and _s.mfa_at is null and _s.kind = 'session' then
    return;
  end if;
  if _m.id is not null then
    _assignments := gate.assignments(_t.id, _m.id);
    select array_agg(o.slug), array_agg(o.name) into _slugs, _names
      from (select t.slug, t.name from app.membership m join app.tenant t on t.id = m.tenant_id and t.status = 'active'
        where m.user_id = _u.id and m.tenant_id <> _t.id and m.accepted_at is not null and m.revoked_at is null and m.roles <> '{}'
        order by t.name limit 20) o;
    -- administrators keep a way in for the day on which the provider is out of order; they have a second factor in any case
    if _t.required_provider_id is distinct from _s.provider_id and _t.required_provider_id is not null and not 'tenant_admin' = any (_m.roles) then
      select p.id into _owed from app.provider p
        where p.tenant_id = _t.id and p.id = _t.required_provider_id and p.domain = split_part(_u.email, '@', 2);
    end if;
  end if;
  return next row(_u.id, _u.email, _u.name, _u.locale, _u.is_super_admin, _has,
    _s.kind, _s.impersonator_id, _s.mfa_at, _s.stepped_up_at,
    case when _m.id is not null then _t.id end, case when _m.id is not null then _t.slug end,
    case when _m.id is not null then _t.name end, _t.self_verify_allowed, _t.demo,
    _m.id, _m.roles, _assignments,
    not _has and (_u.is_super_admin or gate.owes_factor(_u.id)),
    coalesce(_s.stepped_up_at > now() - interval '10 minutes', false),
    _m.id is not null and (_m.roles && (array['tenant_admin', 'safeguarding_focal'] || _t.second_factor_roles)
      or (_t.second_factor_roles <> '{}' and exists (
        select from jsonb_array_elements(_assignments) a where a ->> 'role' = any (_t.second_factor_roles)))),
    _owed, _slugs, _names, null, null)::gate.standing;
end
$$;

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
  if _k.last_used_at is null or _k.last_used_at < now() - interval '1 hour' then
    update app.api_token set last_used_at = now() where tenant_id = _k.tenant_id and id = _k.id;
  end if;
  return next row(_u.id, _u.email, _u.name, _u.locale, false, gate.has_factor(_u.id),
    'token', null, null, null, _t.id, _t.slug, _t.name, _t.self_verify_allowed, _t.demo,
    _m.id, _m.roles, gate.assignments(_t.id, _m.id), false, false, false, null, null, null, _k.scopes, _k.project_ids)::gate.standing;
end
$$;

create or replace function gate.standing_of(_email text) returns setof gate.standing
language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select u.id, u.email, u.name, u.locale, u.is_super_admin, gate.has_factor(u.id),
    'session', null::uuid, now(), now(), t.id, t.slug, t.name, t.self_verify_allowed, t.demo,
    m.id, m.roles, gate.assignments(t.id, m.id), false, true, false, null::uuid, null::text[], null::text[], null::text[], null::uuid[]
  from auth.user_account u
  left join app.membership m on m.user_id = u.id and m.accepted_at is not null and m.revoked_at is null
  left join app.tenant t on t.id = m.tenant_id
  where u.email = _email and u.status = 'active'
  order by t.slug limit 1
$$;

-- The id of an API token with its scopes, for the signed token that stands for it.
drop function gate.token_named(bytea);
create function gate.token_named(_hash bytea) returns table (tenant_id uuid, id uuid, user_id uuid, scopes text[])
language sql security definer
set search_path = pg_catalog, pg_temp as $$
  select s.tenant_id, k.id, s.user_id, s.token_scopes from app.api_token k cross join lateral gate.authenticate_token(k.token_hash) s
  where k.token_hash = _hash
$$;
grant execute on function gate.token_named(bytea) to kipimo_app;

reset role;
