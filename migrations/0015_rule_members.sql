-- Ruling members: what an administrator may change, and what takes two people.
set role kipimo_owner;

-- Somebody is to rule the organisation, or its confidential cases: one person asks, another decides.
create table app.role_grant_request (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  membership_id uuid not null,
  role text not null check (role in ('tenant_admin', 'safeguarding_focal')),
  reason text not null check (length(reason) between 10 and 500),
  requested_by uuid not null default app.actor(),
  decision text not null default 'pending' check (decision in ('pending', 'approved', 'refused', 'withdrawn')),
  decided_by uuid,
  decided_at timestamptz,
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  updated_at timestamptz not null default now(),
  updated_by uuid,
  row_version int not null default 1,
  primary key (tenant_id, id),
  foreign key (tenant_id, membership_id) references app.membership (tenant_id, id),
  check ((decision = 'pending') = (decided_at is null)),
  check ((decided_at is null) = (decided_by is null)),
  -- two people, whatever the server thinks
  check (decision not in ('approved', 'refused') or decided_by <> requested_by)
);
create unique index role_grant_request_open on app.role_grant_request (tenant_id, membership_id, role) where decision = 'pending';
call app.protect('app.role_grant_request');
call app.watch('app.role_grant_request');
create policy own_request on app.role_grant_request as restrictive for insert to kipimo_tenant
  with check (requested_by = (select app.actor()) and decision = 'pending');
create policy own_decision on app.role_grant_request as restrictive for update to kipimo_tenant
  using (decision = 'pending') with check (decided_by = (select app.actor()) and decided_at = now());
grant select, insert on app.role_grant_request to kipimo_tenant;
grant update (decision, decided_by, decided_at) on app.role_grant_request to kipimo_tenant;
grant select on app.role_grant_request to kipimo_gate;

grant update (roles, job_title, revoked_at) on app.membership to kipimo_tenant;

set role kipimo_gate;
-- What no change of a membership does, whoever writes it: change who makes it, give a role that takes two people without the two, or
-- run beside another one, so that the last administrator is counted right.
create function gate.guard_membership() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _role text;
begin
  perform pg_advisory_xact_lock(hashtextextended('members:' || new.tenant_id, 0));
  if app.tenant() is null then
    return new;
  end if;
  if new.user_id = app.actor() and (new.roles is distinct from old.roles or new.revoked_at is distinct from old.revoked_at) then
    raise exception 'own_roles' using errcode = 'KP001';
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

-- An organisation keeps an administrator who can come in. Asked at the end of a transaction, when all of it is written.
create function gate.keep_administrator() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if 'tenant_admin' = any (old.roles) and exists (select from app.tenant t where t.id = old.tenant_id and t.status = 'active')
    and not exists (select from app.membership m join auth.user_account u on u.id = m.user_id and u.status = 'active'
      where m.tenant_id = old.tenant_id and 'tenant_admin' = any (m.roles) and m.accepted_at is not null and m.revoked_at is null) then
    raise exception 'last_administrator' using errcode = 'KP001';
  end if;
  return null;
end
$$;
grant execute on function gate.guard_membership(), gate.keep_administrator() to kipimo_owner;

set role kipimo_owner;
create trigger guard before update on app.membership for each row execute function gate.guard_membership();
create constraint trigger keep_administrator after update or delete on app.membership
  deferrable initially deferred for each row execute function gate.keep_administrator();
grant delete on auth.recovery_code, auth.passkey to kipimo_gate;
grant insert on auth.notice to kipimo_gate;
grant update (totp_secret, totp_confirmed_at, totp_offered, totp_offered_at) on auth.user_account to kipimo_gate;

set role kipimo_gate;

-- The people of this organisation, and of no other; with the language of their letters.
drop function gate.people();
create function gate.people() returns table (id uuid, name text, email text, locale text)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _tenant uuid := app.tenant();
begin
  return query
    select u.id, u.name, u.email, u.locale
    from app.membership m join auth.user_account u on u.id = m.user_id
    where m.tenant_id = _tenant;
end
$$;
grant execute on function gate.people() to kipimo_tenant;

-- What an administrator may know of a member's way in: whether there is a second factor, when they last came, and whether the account
-- is this organisation's alone.
create function gate.member_access(_membership uuid) returns table (second_factor boolean, last_sign_in timestamptz, elsewhere boolean)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _tenant uuid := app.tenant();
begin
  return query
    select gate.has_factor(u.id), u.last_login_at, u.is_super_admin or m.roles && array['tenant_admin', 'safeguarding_focal'] or exists (
      select from app.membership o where o.user_id = u.id and o.tenant_id <> _tenant and o.revoked_at is null)
    from app.membership m join auth.user_account u on u.id = m.user_id
    where m.tenant_id = _tenant and m.id = _membership;
end
$$;

-- Takes every second factor off a member's account, and ends their sessions and tokens; answers whose they were. Only of an account
-- that is this organisation's alone: another one relies on its factors too. And of nobody whose word counts as that of a second person:
-- one administrator could come in as them.
create function gate.reset_factors(_membership uuid) returns uuid
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _tenant uuid := app.tenant();
  _user uuid;
begin
  select m.user_id into _user from app.membership m join auth.user_account u on u.id = m.user_id and not u.is_super_admin
    where m.tenant_id = _tenant and m.id = _membership and m.revoked_at is null and m.user_id <> app.actor()
      and not m.roles && array['tenant_admin', 'safeguarding_focal']
      and not exists (select from app.membership o where o.user_id = m.user_id and o.tenant_id <> _tenant and o.revoked_at is null);
  if found then
    update auth.user_account set totp_secret = null, totp_confirmed_at = null, totp_offered = null, totp_offered_at = null,
      generation = generation + 1 where id = _user;
    delete from auth.passkey where user_id = _user;
    delete from auth.recovery_code where user_id = _user;
  end if;
  return _user;
end
$$;

-- A line in the news of a member.
create function gate.tell_member(_membership uuid, _id uuid, _kind text, _agent text) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  insert into auth.notice (id, user_id, kind, agent)
    select _id, m.user_id, _kind, _agent from app.membership m where m.tenant_id = app.tenant() and m.id = _membership;
end
$$;
grant execute on function gate.member_access(uuid), gate.reset_factors(uuid), gate.tell_member(uuid, uuid, text, text) to kipimo_tenant;

reset role;
