-- Who rules an organisation learns when somebody is to rule it with them who was asked from outside, and may object before it is so. And
-- a visit of support that was ended by a switch stays ended, however soon the switch is turned back.
set role kipimo_owner;

alter table app.invitation
  -- administrators have three days to object to one whom the platform invites: where there are any, nobody takes it up before, unless one
  -- of them approves
  add column holds_until timestamptz,
  add column approved_at timestamptz,
  add column approved_by uuid,
  add constraint invitation_approved check ((approved_at is null) = (approved_by is null) and (approved_at is null or 'tenant_admin' = any (roles))),
  add constraint invitation_holds check (holds_until <= created_at + interval '72 hours');
create index invitation_to_rule on app.invitation (created_at) where 'tenant_admin' = any (roles);
grant update (approved_at, approved_by) on app.invitation to kipimo_gate;

set role kipimo_gate;

-- What administrators were told of an invitation. Beside it and not in it: telling changes nothing of what was invited.
create table gate.told_of (
  invitation_id uuid not null,
  what text not null check (what in ('invited', 'joined')),
  at timestamptz not null default now(),
  primary key (invitation_id, what)
);
-- of who joined before this version nobody is told any more
insert into gate.told_of (invitation_id, what)
  select i.id, w.what from app.invitation i, (values ('invited'), ('joined')) w (what)
  where 'tenant_admin' = any (i.roles) and i.accepted_at is not null;

-- The people who rule an organisation.
create function gate.administrators(_tenant uuid) returns setof auth.user_account
language plpgsql stable
set search_path = pg_catalog, pg_temp as $$
begin
  return query select u.* from app.membership m join auth.user_account u on u.id = m.user_id and u.status = 'active'
    where m.tenant_id = _tenant and 'tenant_admin' = any (m.roles) and m.accepted_at is not null and m.revoked_at is null;
end
$$;

-- Invites an administrator, as before; with three days in which those that there are may object.
create or replace function gate.invite_administrator(_tenant uuid, _id uuid, _email text, _secret_hash bytea, _reason text, _agent text) returns text
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
  -- nobody closes it meanwhile
  select t.name into _name from app.tenant t where t.id = _tenant and t.status = 'active' for share;
  if found then
    update app.invitation set revoked_at = now() where tenant_id = _tenant and email = _email and accepted_at is null and revoked_at is null;
    insert into app.invitation (tenant_id, id, email, roles, secret_hash, holds_until)
      values (_tenant, _id, _email, '{tenant_admin}', _secret_hash, now() + interval '72 hours');
    perform gate.record_from_outside(_tenant, 'organisation.administrator_invited', 'invitation', _id, _reason, _agent);
  end if;
  return _name;
end
$$;

-- As before, of that one query; and all but one of them, where one is named.
drop function gate.tell_administrators(uuid, text);
create function gate.tell_administrators(_tenant uuid, _kind text, _except uuid default null) returns table (email text, name text, locale text)
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  insert into auth.notice (id, user_id, kind)
    select gen_random_uuid(), a.id, _kind from gate.administrators(_tenant) a where a.id is distinct from _except;
  return query select a.email, a.name, a.locale from gate.administrators(_tenant) a where a.id is distinct from _except;
end
$$;

-- Approves that somebody whom the platform invited rules too: asked by one who rules, in a session of their own. Answers whether there was
-- such an invitation.
create function gate.approve_administrator(_id uuid) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _ctx text[] := gate.context();
  _tenant uuid := app.tenant();
begin
  if _ctx[4] is distinct from 'session' or not exists (select from gate.administrators(_tenant) a where a.id = _ctx[2]::uuid) then
    raise exception 'not who rules here' using errcode = 'insufficient_privilege';
  end if;
  update app.invitation set approved_at = now(), approved_by = _ctx[2]::uuid
    where tenant_id = _tenant and id = _id and 'tenant_admin' = any (roles) and accepted_at is null and revoked_at is null
      and not exists (select from gate.administrators(_tenant) a where a.id = approved_by);
  return found;
end
$$;
grant execute on function gate.approve_administrator(uuid) to kipimo_tenant;

-- Claims an invitation, as before, and not before its time.
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

-- Tells the administrators of who was asked from outside to rule with them, and of who does now: once of each, in their news here and by
-- the letters that the server makes of the answer. Of an invitation that nobody was there to hear of, the first one hears who comes.
create function gate.tell_of_administrators() returns setof gate.told
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _i app.invitation;
  _what text;
begin
  for _i in select * from app.invitation i
      where 'tenant_admin' = any (i.roles) and i.created_at > now() - interval '30 days'
        and (i.accepted_at is not null and not exists (select from gate.told_of o where o.invitation_id = i.id and o.what = 'joined')
          or i.accepted_at is null and i.revoked_at is null and i.expires_at > now()
            and not exists (select from gate.told_of o where o.invitation_id = i.id and o.what = 'invited')
            and exists (select from gate.administrators(i.tenant_id)))
      for update skip locked loop
    _what := case when _i.accepted_at is null then 'invited' else 'joined' end;
    insert into gate.told_of (invitation_id, what) values (_i.id, _what) on conflict do nothing;
    continue when not found;
    return query select _what, a.email, a.name, a.locale, t.name, t.slug
      from app.tenant t cross join lateral gate.tell_administrators(_i.tenant_id, 'administrator_' || _what, _i.accepted_by) a
      where t.id = _i.tenant_id;
  end loop;
end
$$;
grant execute on function gate.tell_of_administrators() to kipimo_mail;

-- Begins a visit, as before, with the switch held.
create or replace function gate.begin_visit(_visit uuid, _own bytea, _id_hash bytea, _slug text, _email text, _reason text, _ticket text, _agent text)
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
  -- nobody switches support off meanwhile
  select * into _t from app.tenant t where t.slug = _slug and t.status = 'active' and t.support_access for share;
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

-- Who comes from outside is out in the moment in which what let them in ends: the sessions of visits, of which gate.end_old_visits tells;
-- and where an organisation is closed, an invitation to rule it that nobody approved, because nobody could object to it meanwhile.
create function gate.close_to_outside() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  update auth.session s set revoked_at = now()
    where s.kind = 'impersonation' and s.visited_tenant_id = new.id and s.revoked_at is null;
  if new.status <> 'active' then
    update app.invitation i set revoked_at = now()
      where i.tenant_id = new.id and 'tenant_admin' = any (i.roles) and i.approved_at is null and i.accepted_at is null and i.revoked_at is null;
  end if;
  return null;
end
$$;
grant execute on function gate.close_to_outside() to kipimo_owner;

set role kipimo_owner;
create index session_of_support on auth.session (visited_tenant_id) where kind = 'impersonation' and revoked_at is null;
create trigger closed_to_outside after update of support_access, status on app.tenant
  for each row when ((old.support_access and not new.support_access) or (old.status = 'active' and new.status <> 'active'))
  execute function gate.close_to_outside();

reset role;
