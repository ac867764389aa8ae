-- What every page asks first, in half the time: the session, its person, the organisation, the place in it, the assignments and the other
-- organisations in one statement, which seldom needs a second one. Assignments are text, `project|role|location,location`: making and
-- reading documents of them took as long as finding them.
set role kipimo_gate;

drop function gate.assignments(uuid, uuid);
alter type gate.standing alter attribute assignments type text[];

-- One of them as text.
create function gate.assignment(_project uuid, _role text, _locations uuid[]) returns text
language sql stable
return _project || '|' || _role || '|' || array_to_string(_locations, ',');

-- Roles in projects, of a membership.
create function gate.assignments(_tenant uuid, _membership uuid) returns text[]
language plpgsql stable
set search_path = pg_catalog, pg_temp as $$
begin
  return (select array_agg(gate.assignment(p.project_id, p.role, p.location_ids))
    from app.project_member p where p.tenant_id = _tenant and p.membership_id = _membership);
end
$$;

create or replace function gate.authenticate(_id_hash bytea, _slug text) returns setof gate.standing
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _r record;
  _has boolean;
  _owed uuid;
  _impersonator text;
begin
  select s.id as session_id, s.kind, s.impersonator_id, s.impersonator_generation, s.operator_session_id, s.mfa_at, s.stepped_up_at,
      s.absolute_until, s.provider_id, s.provider_generation, s.last_seen < now() - interval '1 minute' as rested,
      coalesce(s.stepped_up_at > now() - interval '10 minutes', false) as fresh,
      u.id as user_id, u.email, u.name, u.locale, u.is_super_admin,
      t.id as tenant_id, t.slug, t.name as tenant_name, t.self_verify_allowed, t.demo, t.second_factor_roles, t.required_provider_id,
      m.id as membership_id, m.roles, a.assignments, a.roles as project_roles, o.slugs, o.names
    into _r
    from auth.session s
    join auth.user_account u on u.id = s.user_id and u.status = 'active' and u.generation = s.generation
    left join (app.tenant t join app.membership m on m.tenant_id = t.id and m.accepted_at is not null and m.revoked_at is null and m.roles <> '{}')
      on t.slug = _slug and t.status = 'active' and m.user_id = s.user_id
      and (s.kind = 'session' or s.kind = 'impersonation' and t.id = s.visited_tenant_id and t.support_access)
    left join lateral (
      select array_agg(gate.assignment(p.project_id, p.role, p.location_ids)) as assignments, array_agg(p.role) as roles
      from app.project_member p where p.tenant_id = m.tenant_id and p.membership_id = m.id) a on true
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
  _has := _r.mfa_at is not null or gate.has_factor(_r.user_id);
  -- begun with the password alone, while a second factor was being set up elsewhere: it proves too little now
  if _has and _r.mfa_at is null and _r.kind = 'session' then
    return;
  end if;
  -- administrators keep a way in for the day on which the provider is out of order; they have a second factor in any case
  if _r.required_provider_id is not null and _r.kind = 'session' and _r.required_provider_id is distinct from _r.provider_id
      and not 'tenant_admin' = any (_r.roles) then
    select p.id into _owed from app.provider p
      where p.tenant_id = _r.tenant_id and p.id = _r.required_provider_id and p.domain = split_part(_r.email, '@', 2);
  end if;
  return next row(_r.user_id, _r.email, _r.name, _r.locale, _r.is_super_admin, _has,
    _r.kind, _r.impersonator_id, _r.mfa_at, _r.stepped_up_at,
    _r.tenant_id, _r.slug, _r.tenant_name, _r.self_verify_allowed, _r.demo, _r.membership_id, _r.roles, _r.assignments,
    not _has and (_r.is_super_admin or gate.owes_factor(_r.user_id)), _r.fresh,
    _r.membership_id is not null and (_r.roles && (array['tenant_admin', 'safeguarding_focal'] || _r.second_factor_roles)
      or coalesce(_r.project_roles && _r.second_factor_roles, false)),
    _owed, _r.slugs, _r.names, null, null, _r.provider_generation, _impersonator, _r.absolute_until, _r.session_id)::gate.standing;
end
$$;

reset role;
