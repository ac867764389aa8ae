-- Who operates the platform: which organisations there are, and visits to help, of which an organisation is told.
set role kipimo_owner;

alter table app.tenant add column region text not null default 'default' check (region ~ '^[a-z0-9-]{2,30}$');

-- The first administrator of an organisation, and one for who has lost theirs, is invited by who operates the platform: never from within
-- a door, where a role that rules takes two people.
alter table app.invitation drop constraint invitation_roles_check,
  add constraint invitation_roles_check check (roles <> '{}'
    and roles <@ array['tenant_admin', 'project_manager', 'meal_officer', 'field_officer', 'viewer']);
create policy no_ruling_role on app.invitation as restrictive for insert to kipimo_tenant with check (not roles && array['tenant_admin']);
grant insert, update (revoked_at) on app.invitation to kipimo_gate;

-- tokens may change projects too
alter table app.api_token drop constraint api_token_scopes_check, add constraint api_token_scopes_check
  check (scopes <> '{}' and scopes <@ array['read', 'values', 'review', 'projects', 'links', 'audit']);

-- Somebody who operates the platform acts as one of an organisation's people, to help.
create table app.support_visit (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  operator_id uuid not null references auth.user_account (id),
  operator_name text not null,
  user_id uuid not null,
  reason text not null check (length(reason) between 10 and 500),
  ticket text not null check (length(ticket) between 1 and 80),
  started_at timestamptz not null default now(),
  until timestamptz not null,
  ended_at timestamptz,
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  updated_at timestamptz not null default now(),
  updated_by uuid,
  row_version int not null default 1,
  primary key (tenant_id, id),
  foreign key (tenant_id, user_id) references app.membership (tenant_id, user_id),
  check (until <= started_at + interval '30 minutes'),
  check (ended_at between started_at and until)
);
create index support_visit_newest on app.support_visit (tenant_id, started_at desc);
create index support_visit_open on app.support_visit (until) where ended_at is null;
create unique index support_visit_one on app.support_visit (operator_id) where ended_at is null;
create index event_by_impersonator on audit.event (tenant_id, impersonator_id, at) where impersonator_id is not null;
call app.protect('app.support_visit');
call app.watch('app.support_visit');
grant select on app.support_visit to kipimo_tenant;
grant select, insert, update (ended_at, row_version, updated_at, updated_by) on app.support_visit to kipimo_gate;

-- sign-ins of late, without walking over the log
create index event_sign_in on audit.event (at) where action in ('session.started', 'session.refused');

grant insert, update (name, plan, region, status, row_version, updated_at, updated_by) on app.tenant to kipimo_gate;
grant insert on auth.session to kipimo_gate;
grant insert on auth.mail to kipimo_mail;
grant usage on schema app, auth, audit to kipimo_platform;
grant execute on function app.tenant(), app.actor() to kipimo_platform;

set role kipimo_gate;
grant usage on schema gate to kipimo_platform;

-- As before, and: the platform's own setting, which names no organisation, counts under its own role, and that role under no other one.
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
  if _parts[7]::bigint < extract(epoch from statement_timestamp()) then
    return null;
  end if;
  return _parts;
end
$$;
grant execute on function gate.context(), gate.data_key(uuid, bytea), gate.post(uuid, bytea),
  gate.record(text, text, uuid, uuid, text, text, text, text, bytea, bytea, text) to kipimo_platform;

-- A token for a person of the demonstration, as before, with every scope.
create or replace function gate.issue_demonstration_token(_email text, _id uuid, _hash bytea, _last_four text) returns uuid
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _made uuid;
begin
  insert into app.api_token (tenant_id, id, name, membership_id, token_hash, last_four, generation, expires_at, scopes)
    select m.tenant_id, _id, 'demonstration', m.id, _hash, _last_four, u.generation, now() + interval '90 days',
      '{read,values,review,projects,links,audit}'
    from auth.user_account u join app.membership m on m.user_id = u.id join app.tenant t on t.id = m.tenant_id and t.demo
    where u.email = _email
    order by t.slug limit 1
    returning id into _made;
  return _made;
end
$$;

-- Who operates the platform and asks now; nobody else gets on.
create function gate.operator() returns uuid
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _ctx text[] := gate.context();
  _operator uuid;
begin
  if _ctx is not null and current_setting('role') = 'kipimo_platform' then
    select u.id into _operator from auth.user_account u where u.id = _ctx[2]::uuid and u.is_super_admin and u.status = 'active';
  end if;
  if _operator is null then
    raise exception 'not who operates the platform' using errcode = 'insufficient_privilege';
  end if;
  return _operator;
end
$$;

-- What was done to an organisation from outside of it, in its own chain.
create function gate.record_from_outside(_tenant uuid, _action text, _entity_type text, _entity uuid, _reason text, _agent text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
  _ctx text[] := gate.context();
  _event audit.event;
begin
  _event := row(_tenant, gen_random_uuid(), clock_timestamp(), 'act', _action, _entity_type, _entity, null,
    nullif(_ctx[2], '')::uuid, coalesce(_ctx[3], 'system'), null, coalesce(_ctx[4], 'system'), nullif(_ctx[6], '')::uuid, 'ok',
    null, null, ''::bytea, decode(repeat('00', 32), 'hex'));
  perform gate.append(_event, '{}', _reason, null, _agent);
end
$$;

-- The organisations, one of them or a page of them, with how much they use and nothing of what it says.
create function gate.platform_organisations(_only uuid, _holds text, _after text, _limit int) returns table (id uuid, slug text, name text,
  plan text, region text, status text, demo boolean, support_access boolean, created_at timestamptz, row_version int, members bigint,
  administrators bigint, projects bigint, events bigint, last_event timestamptz)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
begin
  perform gate.operator();
  return query
    select t.id, t.slug, t.name, t.plan, t.region, t.status, t.demo, t.support_access, t.created_at, t.row_version,
      m.members, m.administrators,
      (select count(*) from app.project p where p.tenant_id = t.id and p.deleted_at is null), coalesce(h.seq, 0),
      (select v.at from audit.link k join audit.event v on v.tenant_id = k.tenant_id and v.id = k.event_id
        where k.tenant_id = t.id and k.seq = h.seq)
    from (select * from app.tenant o
      where (_only is null or o.id = _only) and (_holds = '' or strpos(o.slug || ' ' || lower(o.name), lower(_holds)) > 0) and o.slug > _after
      order by o.slug limit _limit) t
    cross join lateral (select count(*) as members, count(*) filter (where 'tenant_admin' = any (x.roles)) as administrators
      from app.membership x where x.tenant_id = t.id and x.accepted_at is not null and x.revoked_at is null) m
    left join audit.head h on h.tenant_id = t.id
    order by t.slug;
end
$$;

-- Sign-ins and refused ones of the last fourteen days. A person of several organisations is in several logs and counted once.
create function gate.platform_sign_ins() returns table (day date, started bigint, refused bigint)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
begin
  perform gate.operator();
  return query
    select d::date, count(distinct v.request_id) filter (where v.action = 'session.started'),
      count(distinct v.request_id) filter (where v.action = 'session.refused')
    from generate_series(current_date - 13, current_date, interval '1 day') d
    left join audit.event v on v.at >= d and v.at < d + interval '1 day' and v.action in ('session.started', 'session.refused')
    group by d order by d;
end
$$;

create function gate.create_organisation(_id uuid, _slug text, _name text, _plan text, _region text, _locale text, _agent text) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  perform gate.operator();
  insert into app.tenant (id, slug, name, plan, region, default_locale, created_by)
    values (_id, _slug, _name, _plan, _region, _locale, gate.operator());
  perform gate.record_from_outside(_id, 'organisation.created', 'tenant', _id, null, _agent);
end
$$;

-- Plan, region and status; answers whether there was such an organisation in that version.
create function gate.set_organisation(_id uuid, _plan text, _region text, _status text, _reason text, _row_version int, _agent text)
returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _before text;
begin
  perform gate.operator();
  select t.status into _before from app.tenant t where t.id = _id and t.row_version = _row_version and t.status <> 'closing' for update;
  if not found then
    return false;
  end if;
  update app.tenant set plan = _plan, region = _region, status = _status where id = _id;
  perform gate.record_from_outside(_id, case when _before = _status then 'organisation.plan_set'
    when _status = 'suspended' then 'organisation.suspended' else 'organisation.resumed' end, 'tenant', _id, _reason, _agent);
  return true;
end
$$;

-- Invites an administrator; answers the organisation's name, or nothing where there is none.
create function gate.invite_administrator(_tenant uuid, _id uuid, _email text, _secret_hash bytea, _reason text, _agent text) returns text
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _name text;
begin
  perform gate.operator();
  -- nobody lets themselves in, nor a colleague
  if exists (select from auth.user_account u where u.email = _email and u.is_super_admin) then
    raise exception 'nobody_to_be' using errcode = 'KP001';
  end if;
  select t.name into _name from app.tenant t where t.id = _tenant and t.status = 'active';
  if found then
    update app.invitation set revoked_at = now() where tenant_id = _tenant and email = _email and accepted_at is null and revoked_at is null;
    insert into app.invitation (tenant_id, id, email, roles, secret_hash) values (_tenant, _id, _email, '{tenant_admin}', _secret_hash);
    perform gate.record_from_outside(_tenant, 'organisation.administrator_invited', 'invitation', _id, _reason, _agent);
  end if;
  return _name;
end
$$;

-- Claims an invitation, as before; and who is a member already becomes an administrator by it too.
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
  insert into app.membership as m (tenant_id, id, user_id, roles, accepted_at) values (_i.tenant_id, _membership, _user, _i.roles, now())
    on conflict (tenant_id, user_id) do update
      -- who was let go joins anew with these roles; who is a member keeps what they have
      set roles = case when m.revoked_at is not null then excluded.roles
          when 'tenant_admin' = any (excluded.roles) then array(select unnest(m.roles) union select unnest(excluded.roles) order by 1)
          else m.roles end,
        accepted_at = coalesce(m.accepted_at, now()), revoked_at = null;
  _event := row(_i.tenant_id, gen_random_uuid(), clock_timestamp(), 'act', 'invitation.accepted', 'invitation', _i.id, null,
    _user, 'user', null, 'none', _request, 'ok', null, null, ''::bytea, decode(repeat('00', 32), 'hex'));
  perform gate.append(_event, '{}', null, null, _agent);
  return _user;
end
$$;

-- The administrators who are told of a visit, with a line in the news of each.
create function gate.tell_administrators(_tenant uuid, _kind text) returns table (email text, name text, locale text)
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  insert into auth.notice (id, user_id, kind)
    select gen_random_uuid(), m.user_id, _kind from app.membership m
    where m.tenant_id = _tenant and 'tenant_admin' = any (m.roles) and m.accepted_at is not null and m.revoked_at is null;
  return query
    select u.email, u.name, u.locale from app.membership m join auth.user_account u on u.id = m.user_id and u.status = 'active'
    where m.tenant_id = _tenant and 'tenant_admin' = any (m.roles) and m.accepted_at is not null and m.revoked_at is null;
end
$$;

-- Who is told of a visit, and where.
create type gate.told as (kind text, email text, name text, locale text, organisation text, slug text);

-- Ends a visit that lasts: its session, its row, and a line in the organisation's log. Answers whom to tell, a line for each and one without an
-- address where there is nobody; nothing, where it was over.
create function gate.close_visit(_tenant uuid, _visit uuid, _agent text) returns setof gate.told
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  update app.support_visit set ended_at = greatest(started_at, least(now(), until)) where tenant_id = _tenant and id = _visit and ended_at is null;
  if found then
    update auth.session set revoked_at = coalesce(revoked_at, now()) where id = _visit and kind = 'impersonation';
    perform gate.record_from_outside(_tenant, 'support.ended', 'support_visit', _visit, null, _agent);
    return query select 'ended', a.email, a.name, a.locale, t.name, t.slug
      from app.tenant t left join gate.tell_administrators(_tenant, 'support_ended') a on true where t.id = _tenant;
  end if;
end
$$;

-- Begins a visit: of who has proven themselves within five minutes by a second factor, to an organisation that lets support in, as one of
-- its people who does not operate the platform too. One visit at a time: another one ends by it. Answers who is to be told of what.
create function gate.begin_visit(_visit uuid, _own bytea, _id_hash bytea, _slug text, _email text, _reason text, _ticket text, _agent text)
returns setof gate.told
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _operator auth.user_account;
  _t app.tenant;
  _u auth.user_account;
  _open app.support_visit;
  _operator_session uuid;
begin
  select * into _operator from auth.user_account u where u.id = gate.operator();
  select s.id into _operator_session from auth.session s where s.id_hash = _own and s.user_id = _operator.id and s.kind = 'session' and s.revoked_at is null
    and s.mfa_at is not null and s.stepped_up_at > now() - interval '5 minutes';
  if not found then
    raise exception 'proof_too_old' using errcode = 'KP001';
  end if;
  select * into _t from app.tenant t where t.slug = _slug and t.status = 'active' and t.support_access;
  if not found then
    raise exception 'support_not_allowed' using errcode = 'KP001';
  end if;
  select u.* into _u from auth.user_account u join app.membership m on m.tenant_id = _t.id and m.user_id = u.id
    and m.accepted_at is not null and m.revoked_at is null and m.roles <> '{}'
    where u.email = _email and u.status = 'active' and not u.is_super_admin;
  if not found then
    raise exception 'nobody_to_be' using errcode = 'KP001';
  end if;
  for _open in select * from app.support_visit v where v.operator_id = _operator.id and v.ended_at is null for update loop
    return query select * from gate.close_visit(_open.tenant_id, _open.id, _agent);
  end loop;
  insert into auth.session (id_hash, id, user_id, kind, impersonator_id, impersonator_generation, operator_session_id, reason, ticket, visited_tenant_id, generation,
      idle_seconds, absolute_until, mfa_at, agent)
    values (_id_hash, _visit, _u.id, 'impersonation', _operator.id, _operator.generation, _operator_session, _reason, _ticket, _t.id, _u.generation,
      1800, now() + interval '30 minutes', now(), _agent);
  insert into app.support_visit (tenant_id, id, operator_id, operator_name, user_id, reason, ticket, until)
    values (_t.id, _visit, _operator.id, _operator.name, _u.id, _reason, _ticket, now() + interval '30 minutes');
  perform gate.record_from_outside(_t.id, 'support.began', 'support_visit', _visit, _reason, _agent);
  return query select 'began', a.email, a.name, a.locale, _t.name, _t.slug from gate.tell_administrators(_t.id, 'support_began') a;
end
$$;

-- Ends the visit of who operates the platform and asks. Answers as gate.close_visit does.
create function gate.end_visit(_visit uuid, _agent text) returns setof gate.told
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _tenant uuid;
begin
  select v.tenant_id into _tenant from app.support_visit v where v.id = _visit and v.operator_id = gate.operator() for update;
  if found then
    return query select * from gate.close_visit(_tenant, _visit, _agent);
  end if;
end
$$;

-- Ends the visits that may not go on: their time is over, the organisation lets nobody in any more or is suspended, the operator has signed out or
-- operates nothing any more, the person has changed. gate.authenticate lets none of them in meanwhile; here they are told to be over.
create function gate.end_old_visits() returns setof gate.told
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _v app.support_visit;
begin
  for _v in select v.* from app.support_visit v where v.ended_at is null and not exists (
      select from auth.session s
      join app.tenant t on t.id = v.tenant_id and t.status = 'active' and t.support_access
      join auth.user_account u on u.id = s.user_id and u.status = 'active' and u.generation = s.generation
      join auth.user_account i on i.id = s.impersonator_id and i.status = 'active' and i.is_super_admin and i.generation = s.impersonator_generation
      join auth.session o on o.id = s.operator_session_id and o.user_id = i.id and o.revoked_at is null and o.absolute_until > now()
      where s.id = v.id and s.kind = 'impersonation' and s.revoked_at is null and s.absolute_until > now())
    for update skip locked loop
    return query select * from gate.close_visit(_v.tenant_id, _v.id, null);
  end loop;
end
$$;
grant execute on function gate.end_old_visits() to kipimo_mail;

-- The platform's own log, newest first.
create function gate.platform_log(_before bigint, _limit int) returns table (seq bigint, at timestamptz, action text, entity_type text,
  entity_id uuid, actor text, result text)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
begin
  perform gate.operator();
  return query
    select k.seq, v.at, v.action, v.entity_type, v.entity_id, u.name, v.result
    from (select l.seq, l.tenant_id, l.event_id from audit.link l
      where l.tenant_id = '00000000-0000-0000-0000-000000000000' and l.act and l.seq < _before order by l.seq desc limit _limit) k
    join audit.event v on v.tenant_id = k.tenant_id and v.id = k.event_id
    left join auth.user_account u on u.id = v.actor_id
    order by k.seq desc;
end
$$;
grant execute on function gate.platform_organisations(uuid, text, text, int), gate.platform_sign_ins(), gate.platform_log(bigint, int),
  gate.create_organisation(uuid, text, text, text, text, text, text),
  gate.set_organisation(uuid, text, text, text, text, int, text), gate.invite_administrator(uuid, uuid, text, bytea, text, text),
  gate.begin_visit(uuid, bytea, bytea, text, text, text, text, text), gate.end_visit(uuid, text) to kipimo_platform;

reset role;
