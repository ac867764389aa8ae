-- Programmes of an organisation or, of an agency, its client organisations: a project belongs to one or to none, and a person may be
-- kept to some. Whoever is kept reaches no project, figure, report, link or event of another: the programmes stand in the signed setting
-- beside the organisation, and a restrictive policy compares with them. Places are the organisation's, and so are the names of people in
-- what one may see; addresses are of colleagues alone.
set role kipimo_gate;

-- As before, with the programmes that the person is kept to; empty for the whole organisation:
-- {tenant, actor, actor kind, session kind, impersonator, request, programmes with commas between, expiry in epoch seconds}
create or replace function gate.context() returns text[]
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _raw text := current_setting('app.ctx', true);
  _role text := current_setting('role');
  _body text;
  _key gate.context_key;
  _parts text[];
begin
  if _raw is null or _raw = '' then
    return null;
  end if;
  _body := left(_raw, -65);
  select * into _key from gate.context_key where id = 1;
  if encode(sha256(_key.outer_pad || sha256(_key.inner_pad || convert_to(_body, 'UTF8'))), 'hex')
     is distinct from right(_raw, 64) then
    return null;
  end if;
  _parts := string_to_array(_body, '|');
  -- a donor is one in the portal alone
  if _parts[3] = 'donor_link' and _role <> 'kipimo_portal' then
    return null;
  end if;
  if _role = 'kipimo_account' and _parts[1] <> '' then
    return null;
  end if;
  if (_role = 'kipimo_platform') <> (_parts[1] = '00000000-0000-0000-0000-000000000000' and _parts[3] = 'user') then
    return null;
  end if;
  -- a setting without a place for programmes is none: it must not read as one of the whole organisation
  if cardinality(_parts) <> 8 or _parts[8]::bigint < extract(epoch from statement_timestamp()) then
    return null;
  end if;
  return _parts;
end
$$;

-- The programmes that the person is kept to; empty outside the doors, and for the whole organisation.
create function gate.programmes() returns uuid[]
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
begin
  return coalesce(string_to_array(nullif((gate.context())[7], ''), ',')::uuid[], '{}');
end
$$;
grant execute on function gate.programmes() to kipimo_tenant;

set role kipimo_owner;

create table app.programme (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  kind text not null check (kind in ('programme', 'client')),
  name text not null check (length(name) between 1 and 120),
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  updated_at timestamptz not null default now(),
  updated_by uuid,
  row_version int not null default 1,
  primary key (tenant_id, id),
  unique (tenant_id, name)
);
call app.protect('app.programme');
call app.watch('app.programme');
grant select, insert on app.programme to kipimo_tenant;
grant update (kind, name) on app.programme to kipimo_tenant;
-- never deleted: who is kept to one that is gone would be kept to nothing, or to everything
grant select on app.programme to kipimo_gate;

alter table app.project add column programme_id uuid,
  add foreign key (tenant_id, programme_id) references app.programme (tenant_id, id);
create index project_by_programme on app.project (tenant_id, programme_id);

-- Whoever rules the organisation rules all of it: a limit on them would be a promise that they lift themselves.
alter table app.membership add column programme_ids uuid[] not null default '{}'
    check (array_position(programme_ids, null) is null and cardinality(programme_ids) <= 50),
  add constraint membership_ruler_unlimited check (programme_ids = '{}' or not roles && array['tenant_admin', 'safeguarding_focal']);
grant update (programme_ids) on app.membership to kipimo_tenant, kipimo_gate;
alter table app.invitation add column programme_ids uuid[] not null default '{}'
    check (array_position(programme_ids, null) is null and cardinality(programme_ids) <= 50),
  add constraint invitation_ruler_unlimited check (programme_ids = '{}' or not roles && array['tenant_admin', 'safeguarding_focal']);

set role kipimo_gate;
-- The projects of the programmes that the person is kept to.
create function gate.projects_in_scope() returns uuid[]
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _tenant uuid := app.tenant();
  _programmes uuid[] := gate.programmes();
begin
  return array(select p.id from app.project p where p.tenant_id = _tenant and p.programme_id = any (_programmes));
end
$$;
grant execute on function gate.projects_in_scope() to kipimo_tenant;

-- Programmes are told by their ids in an array, which no foreign key holds.
create function gate.guard_programmes() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if exists (select unnest(new.programme_ids) except select p.id from app.programme p where p.tenant_id = new.tenant_id) then
    raise exception 'a programme that is none' using errcode = 'foreign_key_violation';
  end if;
  return new;
end
$$;
grant execute on function gate.guard_programmes() to kipimo_owner;

-- As before: and nobody changes what they are kept to.
create or replace function gate.guard_membership() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _role text;
begin
  perform pg_advisory_xact_lock(hashtextextended('members:' || new.tenant_id, 0));
  if app.tenant() is null then
    return new;
  end if;
  if new.user_id = app.actor() and (new.roles is distinct from old.roles or new.revoked_at is distinct from old.revoked_at
      or new.programme_ids is distinct from old.programme_ids) then
    raise exception 'own_roles' using errcode = 'KP001';
  end if;
  if new.programme_ids <> '{}' and new.roles && array['tenant_admin', 'safeguarding_focal'] then
    raise exception 'ruler_unlimited' using errcode = 'KP001';
  end if;
  foreach _role in array array(
    select unnest(new.roles) intersect select unnest(array['tenant_admin', 'safeguarding_focal']) except select unnest(old.roles)) loop
    if not exists (select from app.role_grant_request r
      where r.tenant_id = new.tenant_id and r.membership_id = new.id and r.role = _role and r.decision = 'approved'
        and r.decided_at = now() and r.decided_by = app.actor() and r.decided_by <> new.user_id) then
      raise exception 'takes_two' using errcode = 'KP001';
    end if;
  end loop;
  return new;
end
$$;

set role kipimo_owner;
create trigger guard_programmes before insert or update of programme_ids on app.membership
  for each row when (new.programme_ids <> '{}') execute function gate.guard_programmes();
create trigger guard_programmes before insert or update of programme_ids on app.invitation
  for each row when (new.programme_ids <> '{}') execute function gate.guard_programmes();

-- The policy of whoever is kept to programmes. The setting is read as it stands, not proven once more: where it is forged, the floor of
-- the same table lets nothing through.
create procedure app.keep_to_programmes(_table regclass, _within text)
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
  _whole text := '(select split_part(current_setting(''app.ctx'', true), ''|'', 7)) = ''''';
begin
  execute format('create policy t_programme on %s as restrictive for all to kipimo_tenant using (%s or %s) with check (%s or %s)',
    _table, _whole, _within, _whole, _within);
end
$$;
do $$
declare
  _project text := 'project_id = any ((select gate.projects_in_scope())::uuid[])';
  _t text;
begin
  foreach _t in array array['project_location', 'project_member', 'result_node', 'indicator', 'reporting_period', 'target', 'import_job',
      'period_submission', 'indicator_value', 'period_rollup', 'report', 'report_snapshot', 'donor_link'] loop
    execute format('call app.keep_to_programmes(%L, %L)', 'app.' || _t, _project);
  end loop;
  call app.keep_to_programmes('app.programme', 'id = any ((select gate.programmes())::uuid[])');
  call app.keep_to_programmes('app.project', 'programme_id = any ((select gate.programmes())::uuid[])');
  -- colleagues are those who work in the same programmes, and those who work everywhere
  call app.keep_to_programmes('app.membership',
    'user_id = (select app.actor()) or programme_ids = ''{}'' or programme_ids && (select gate.programmes())');
  call app.keep_to_programmes('app.import_issue', 'import_id in (select j.id from app.import_job j)');
  call app.keep_to_programmes('app.donor_visit', 'link_id in (select l.id from app.donor_link l)');
  call app.keep_to_programmes('app.donor_link_access', 'link_id in (select l.id from app.donor_link l)');
  -- what belongs to no project is about the organisation, its people or its programmes: of that, one's own
  call app.keep_to_programmes('audit.event', _project || ' or project_id is null and actor_id = (select app.actor())');
  call app.keep_to_programmes('audit.link', _project || ' or project_id is null and actor_id = (select app.actor())');
end
$$;

set role kipimo_gate;
alter type gate.standing add attribute programmes uuid[];

-- Roles in projects, of a membership: those of the programmes that it is kept to.
create or replace function gate.assignments(_tenant uuid, _membership uuid) returns text[]
language plpgsql stable
set search_path = pg_catalog, pg_temp as $$
begin
  return (select array_agg(gate.assignment(p.project_id, p.role, p.location_ids))
    from app.project_member p join app.membership m on m.tenant_id = p.tenant_id and m.id = p.membership_id
    where p.tenant_id = _tenant and p.membership_id = _membership and (m.programme_ids = '{}' or exists (
      select from app.project j where j.tenant_id = p.tenant_id and j.id = p.project_id and j.programme_id = any (m.programme_ids))));
end
$$;

-- Whether a project is part of one of these programmes; of none named, every project is. For pages of administrators: what is asked with
-- every page spells it out, since a function with a query within is planned anew at each call.
create function gate.is_within(_tenant uuid, _project uuid, _programmes uuid[]) returns boolean
language sql stable
return _programmes = '{}' or exists (
  select from app.project p where p.tenant_id = _tenant and p.id = _project and p.programme_id = any (_programmes));
grant execute on function gate.is_within(uuid, uuid, uuid[]) to kipimo_tenant;

-- As before, with the programmes.
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
    _owed, _r.slugs, _r.names, null, null, _r.provider_generation, _impersonator, _r.absolute_until, _r.session_id, _r.programme_ids)::gate.standing;
end
$$;

-- As before, with the programmes.
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
    null, null, null, null, _m.programme_ids)::gate.standing;
end
$$;

create or replace function gate.standing_of(_email text) returns setof gate.standing
language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select u.id, u.email, u.name, u.locale, u.is_super_admin, gate.has_factor(u.id),
    'session', null::uuid, now(), now(), t.id, t.slug, t.name, t.self_verify_allowed, t.demo,
    m.id, m.roles, gate.assignments(t.id, m.id), false, true, false, null::uuid, null::text[], null::text[], null::text[], null::uuid[],
    null::uuid, null::text, null::timestamptz, null::uuid, m.programme_ids
  from auth.user_account u
  left join app.membership m on m.user_id = u.id and m.accepted_at is not null and m.revoked_at is null
  left join app.tenant t on t.id = m.tenant_id
  where u.email = _email and u.status = 'active'
  order by t.slug limit 1
$$;

-- Claims an invitation, as before, with the programmes that it keeps to.
create or replace function gate.accept_invitation(_hash bytea, _user uuid, _name text, _locale text, _password_hash text, _membership uuid,
  _request uuid, _agent text) returns uuid
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _i app.invitation;
  _known uuid;
  _event audit.event;
begin
  update app.invitation set accepted_at = now(), accepted_by = _user
    where secret_hash = _hash and accepted_at is null and revoked_at is null and expires_at > now()
    returning * into _i;
  if not found then
    return null;
  end if;
  -- nobody joins what is closed; and those who rule now are asked, whoever ruled when it was sent
  if not exists (select from app.tenant t where t.id = _i.tenant_id and t.status = 'active') then
    return null;
  end if;
  if 'tenant_admin' = any (_i.roles) and coalesce(_i.holds_until, _i.created_at + interval '72 hours') > now()
      and exists (select from gate.administrators(_i.tenant_id))
      and not exists (select from gate.administrators(_i.tenant_id) a where a.id = _i.approved_by) then
    raise exception 'not_approved_yet' using errcode = 'KP001';
  end if;
  select u.id into _known from auth.user_account u where u.email = _i.email;
  if _known is null then
    insert into auth.user_account (id, email, name, locale, password_hash)
      values (_user, _i.email, _name, _locale, _password_hash);
  elsif _known <> _user or (gate.context())[2] is distinct from _user::text then
    raise exception 'the invitation is another person''s' using errcode = 'insufficient_privilege';
  end if;
  if exists (select from auth.user_account u where u.id = _known and u.is_super_admin) then
    raise exception 'nobody_to_be' using errcode = 'KP001';
  end if;
  insert into app.membership as m (tenant_id, id, user_id, roles, programme_ids, accepted_at)
    values (_i.tenant_id, _membership, _user, _i.roles, _i.programme_ids, now())
    on conflict (tenant_id, user_id) do update
      -- who was let go joins anew with these roles; who is a member keeps what they have
      set roles = case when m.revoked_at is not null then excluded.roles
          when 'tenant_admin' = any (excluded.roles) then array(select unnest(m.roles) union select unnest(excluded.roles) order by 1)
          else m.roles end,
        -- who comes to rule is kept to nothing
        programme_ids = case when m.revoked_at is not null then excluded.programme_ids
          when 'tenant_admin' = any (excluded.roles) then '{}'
          else m.programme_ids end,
        accepted_at = coalesce(m.accepted_at, now()), revoked_at = null;
  _event := row(_i.tenant_id, gen_random_uuid(), clock_timestamp(), 'act', 'invitation.accepted', 'invitation', _i.id, null,
    _user, 'user', null, 'none', _request, 'ok', null, null, ''::bytea, decode(repeat('00', 32), 'hex'));
  perform gate.append(_event, '{}', null, null, _agent);
  return _user;
end
$$;

-- As before; who is kept to programmes finds colleagues there, and those who work everywhere.
create or replace function gate.search(_text text, _projects uuid[], _people boolean, _limit int)
returns table (kind text, id uuid, title text, code text, project_code text, project_title text)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _tenant uuid := app.tenant();
  _t text := lower(_text);
  _programmes uuid[] := gate.programmes();
begin
  return query
    select f.kind, f.id, f.title, f.code, f.project_code, f.project_title from (
      (select 'project' as kind, p.id, p.title, p.code, p.code as project_code, p.title as project_title,
          least(nullif(strpos(lower(p.title), _t), 0), nullif(strpos(lower(p.code), _t), 0)) as place
        from app.project p
        where p.tenant_id = _tenant and p.deleted_at is null and (_projects is null or p.id = any (_projects))
          and (_programmes = '{}' or p.programme_id = any (_programmes))
          and strpos(lower(p.title) || ' ' || lower(p.code), _t) > 0
        order by place, p.title limit _limit)
      union all
      (select 'indicator', i.id, i.title, i.code, p.code, p.title,
          least(nullif(strpos(lower(i.title), _t), 0), nullif(strpos(lower(i.code), _t), 0)) as place
        from app.indicator i join app.project p on p.tenant_id = i.tenant_id and p.id = i.project_id and p.deleted_at is null
        where i.tenant_id = _tenant and i.deleted_at is null and i.status = 'active' and (_projects is null or i.project_id = any (_projects))
          and (_programmes = '{}' or p.programme_id = any (_programmes))
          and strpos(lower(i.title) || ' ' || lower(i.code), _t) > 0
        order by place, i.title limit _limit)
      union all
      (select 'report', r.id, r.title, null, p.code, p.title, nullif(strpos(lower(r.title), _t), 0) as place
        from app.report r join app.project p on p.tenant_id = r.tenant_id and p.id = r.project_id and p.deleted_at is null
        where r.tenant_id = _tenant and r.deleted_at is null and (_projects is null or r.project_id = any (_projects))
          and (_programmes = '{}' or p.programme_id = any (_programmes))
          and strpos(lower(r.title), _t) > 0
        order by place, r.title limit _limit)
      union all
      (select 'person', m.id, u.name, null, null, null, nullif(strpos(lower(u.name), _t), 0) as place
        from app.membership m join auth.user_account u on u.id = m.user_id
        where _people and m.tenant_id = _tenant and m.accepted_at is not null and m.revoked_at is null and strpos(lower(u.name), _t) > 0
          and (_programmes = '{}' or m.programme_ids = '{}' or m.programme_ids && _programmes)
        order by place, u.name limit _limit)
    ) f order by f.place, f.title, f.id;
end
$$;

-- Arriving by the organisation's provider, as before: an invitation that is taken up by it keeps to its programmes.
create or replace function gate.admit_by_provider(_provider uuid, _generation uuid, _subject text, _email text, _mark bytea, _name text, _locale text, _groups text[],
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
  _kept uuid[];
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
        returning i.roles, i.programme_ids into _invited, _kept;
      _brought := array(select unnest(_brought) union select unnest(_invited) order by 1);
      insert into app.membership (tenant_id, id, user_id, roles, programme_ids, accepted_at)
        values (_p.tenant_id, _new_membership, _u.id, case when _brought = '{}' then array['viewer'] else _brought end, coalesce(_kept, '{}'), now());
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

-- The people of this organisation, and of no other; with the language of their letters. Addresses are of colleagues: for who is kept to
-- programmes, those who work there, and those who work everywhere.
drop function gate.people();
create function gate.people() returns table (id uuid, name text, email text, locale text, colleague boolean)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _tenant uuid := app.tenant();
  _programmes uuid[] := gate.programmes();
begin
  return query
    select u.id, u.name, case when c.colleague then u.email::text else '' end, u.locale, c.colleague
    from app.membership m join auth.user_account u on u.id = m.user_id
    cross join lateral (select _programmes = '{}' or m.programme_ids = '{}' or m.programme_ids && _programmes) c(colleague)
    where m.tenant_id = _tenant;
end
$$;
grant execute on function gate.people() to kipimo_tenant;

reset role;
