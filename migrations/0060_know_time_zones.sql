-- An organisation's days begin and end where it is: a window closes at the end of its day, and times are told by its clock. Until now all of
-- them were universal time's.
set role kipimo_gate;

alter type gate.standing add attribute timezone text;

-- As before, with the zone. Whether there is a second factor is read in the same statement; other organisations are asked only where they
-- could demand one.
create or replace function gate.authenticate(_id_hash bytea, _slug text) returns setof gate.standing
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _r record;
  _needs boolean;
  _alone boolean;
  _owed uuid;
  _impersonator text;
begin
  select s.id as session_id, s.kind, s.impersonator_id, s.impersonator_generation, s.operator_session_id, s.mfa_at, s.stepped_up_at,
      s.absolute_until, s.provider_id, s.provider_generation, s.last_seen < now() - interval '1 minute' as rested,
      coalesce(s.stepped_up_at > now() - interval '10 minutes', false) as fresh,
      u.id as user_id, u.email, u.name, u.locale, u.is_super_admin,
      s.mfa_at is not null or u.totp_confirmed_at is not null or exists (select from auth.passkey k where k.user_id = u.id) as has_factor,
      t.id as tenant_id, t.slug, t.name as tenant_name, t.self_verify_allowed, t.demo, t.second_factor_roles, t.required_provider_id, t.timezone,
      m.id as membership_id, m.roles, m.programme_ids, a.assignments, a.roles as project_roles, o.slugs, o.names
    into _r
    from auth.session s
    join auth.user_account u on u.id = s.user_id and u.status = 'active' and u.generation = s.generation
    left join (app.tenant t join app.membership m on m.tenant_id = t.id and m.accepted_at is not null and m.revoked_at is null and m.roles <> '{}')
      on t.slug = _slug and t.status = 'active' and m.user_id = s.user_id
      and (s.kind = 'session' or s.kind = 'impersonation' and t.id = s.visited_tenant_id and t.support_access)
    left join lateral (
      select array_agg(gate.assignment(p.project_id, p.role, p.location_ids)) as assignments, array_agg(p.role) as roles
      from app.project_member p where p.tenant_id = m.tenant_id and p.membership_id = m.id
        and (m.programme_ids = '{}' or exists (
      select from app.project j where j.tenant_id = p.tenant_id and j.id = p.project_id and j.programme_id = any (m.programme_ids)))) a on true
    left join lateral (
      select array_agg(other.slug) as slugs, array_agg(other.name) as names
      from (select ot.slug, ot.name from app.membership om join app.tenant ot on ot.id = om.tenant_id and ot.status = 'active'
        where om.user_id = s.user_id and om.tenant_id <> m.tenant_id and om.accepted_at is not null and om.revoked_at is null and om.roles <> '{}'
        order by ot.name limit 20) other) o on s.kind = 'session'
    where s.id_hash = _id_hash and s.revoked_at is null
      and s.last_seen + s.idle_seconds * interval '1 second' > now() and s.absolute_until > now();
  if not found then
    return;
  end if;
  -- begun by an organisation's provider, which is another one now, or none
  if _r.provider_id is not null and not exists (select from app.provider p
      where p.id = _r.provider_id and p.generation = _r.provider_generation and p.verified_at is not null) then
    return;
  end if;
  if _r.kind = 'impersonation' then
    select i.name into _impersonator from auth.user_account i
      join auth.session own on own.id = _r.operator_session_id and own.user_id = i.id and own.revoked_at is null and own.absolute_until > now()
      where i.id = _r.impersonator_id and i.status = 'active' and i.is_super_admin and i.generation = _r.impersonator_generation;
    if not found then
      return;
    end if;
  end if;
  if _r.rested then
    update auth.session set last_seen = now() where id_hash = _id_hash and revoked_at is null;
  end if;
  -- begun with the password alone, while a second factor was being set up elsewhere: it proves too little now
  if _r.has_factor and _r.mfa_at is null and _r.kind = 'session' then
    return;
  end if;
  -- administrators keep a way in for the day on which the provider is out of order; they have a second factor in any case
  if _r.required_provider_id is not null and _r.kind = 'session' and _r.required_provider_id is distinct from _r.provider_id
      and not 'tenant_admin' = any (_r.roles) then
    select p.id into _owed from app.provider p
      where p.tenant_id = _r.tenant_id and p.id = _r.required_provider_id and p.domain = split_part(_r.email, '@', 2);
  end if;
  _needs := _r.membership_id is not null and (_r.roles && (array['tenant_admin', 'safeguarding_focal'] || _r.second_factor_roles)
    or coalesce(_r.project_roles && _r.second_factor_roles, false));
  -- Asking every organisation of theirs is dear. It is not needed where this is the only one in which they have a role, and it demands a factor
  -- of the two roles alone: then what they owe is what they owe here.
  _alone := _r.membership_id is not null and _r.kind = 'session' and _r.slugs is null and _r.second_factor_roles = '{}';
  return next row(_r.user_id, _r.email, _r.name, _r.locale, _r.is_super_admin, _r.has_factor,
    _r.kind, _r.impersonator_id, _r.mfa_at, _r.stepped_up_at,
    _r.tenant_id, _r.slug, _r.tenant_name, _r.self_verify_allowed, _r.demo, _r.membership_id, _r.roles, _r.assignments,
    not _r.has_factor and (_r.is_super_admin or _needs or not _alone and gate.owes_factor(_r.user_id)), _r.fresh, _needs,
    _owed, _r.slugs, _r.names, null, null, _r.provider_generation, _impersonator, _r.absolute_until, _r.session_id, _r.programme_ids, _r.timezone)::gate.standing;
end
$$;

-- As before, with the zone.
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
    _m.id, _m.roles, gate.assignments(_t.id, _m.id), false, false, gate.demands_factor(_t, _m), null, null, null, _k.scopes, _k.project_ids,
    null, null, null, null, _m.programme_ids, _t.timezone)::gate.standing;
end
$$;

-- As before, with the zone; what is demanded is asked of `gate.demands_factor`, as for tokens.
create or replace function gate.standing_of_job(_tenant uuid, _job uuid, _lease uuid) returns setof gate.standing
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _j app.background_job;
  _u auth.user_account;
  _t app.tenant;
  _m app.membership;
begin
  select j.* into _j from app.background_job j join app.job_progress p on p.tenant_id = j.tenant_id and p.id = j.id
    where j.tenant_id = _tenant and j.id = _job and j.state = 'running' and p.lease_hash = sha256(uuid_send(_lease));
  if not found then
    return;
  end if;
  select * into _t from app.tenant where id = _j.tenant_id and status = 'active';
  select * into _u from auth.user_account where id = _j.asked_by and status = 'active' and generation = _j.generation;
  select * into _m from app.membership where tenant_id = _j.tenant_id and user_id = _u.id
    and accepted_at is not null and revoked_at is null and roles <> '{}';
  if _u.id is null or _t.id is null or _m.id is null then
    return;
  end if;
  if _t.required_provider_id is not null and not 'tenant_admin' = any (_m.roles) and exists (select from app.provider p
    where p.tenant_id = _t.id and p.id = _t.required_provider_id and p.domain = split_part(_u.email, '@', 2)
      and p.generation is distinct from _j.provider_generation) then
    return;
  end if;
  -- a second factor counts as given when the job was asked for, where there still is one
  return next row(_u.id, _u.email, _u.name, _u.locale, false, gate.has_factor(_u.id),
    'job', null, case when gate.has_factor(_u.id) then _j.asked_at end, null, _t.id, _t.slug, _t.name, _t.self_verify_allowed, _t.demo,
    _m.id, _m.roles, gate.assignments(_t.id, _m.id), false, false,
    gate.demands_factor(_t, _m), null, null, null, null, null, null, null, null, null, _m.programme_ids, _t.timezone)::gate.standing;
end
$$;

-- As before, with the zone.
create or replace function gate.standing_of(_email text) returns setof gate.standing
language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select u.id, u.email, u.name, u.locale, u.is_super_admin, gate.has_factor(u.id),
    'session', null::uuid, now(), now(), t.id, t.slug, t.name, t.self_verify_allowed, t.demo,
    m.id, m.roles, gate.assignments(t.id, m.id), false, true, false, null::uuid, null::text[], null::text[], null::text[], null::uuid[],
    null::uuid, null::text, null::timestamptz, null::uuid, m.programme_ids, t.timezone
  from auth.user_account u
  left join app.membership m on m.user_id = u.id and m.accepted_at is not null and m.revoked_at is null
  left join app.tenant t on t.id = m.tenant_id
  where u.email = _email and u.status = 'active'
  order by t.slug limit 1
$$;

set role kipimo_owner;

-- The day that it is in the organisation of whoever asks, as the doors name it beside the signed setting; else the day in universal
-- time, which is the login's.
create function app.today() returns date
language sql stable
return coalesce(nullif(current_setting('app.today', true), '')::date, current_date);
grant execute on function app.today() to kipimo_tenant;

reset role;
