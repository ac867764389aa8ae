-- Ways into an account that arrive by mail: a new password, a new address, an invitation. Each is a random secret that works
-- once and not for long; its hash alone is kept.
set role kipimo_owner;

create table auth.one_time_secret (
  hash bytea primary key check (octet_length(hash) = 32),
  kind text not null check (kind in ('password_reset', 'email_change', 'set_up', 'device')),
  user_id uuid not null references auth.user_account (id) on delete cascade,
  email text check (length(email) <= 254 and email = lower(email)),   -- the new address, of an email_change
  expires_at timestamptz not null,
  used_at timestamptz,
  created_at timestamptz not null default now(),
  check ((kind = 'email_change') = (email is not null)),
  check (expires_at <= created_at + interval '7 days')
);
create index one_time_secret_by_user on auth.one_time_secret (user_id, kind);
call auth.protect('auth.one_time_secret', 'user_id');
grant select, insert, update (used_at) on auth.one_time_secret to kipimo_account;
grant select, insert, delete, update (used_at) on auth.one_time_secret to kipimo_gate;
grant select, delete on auth.flash to kipimo_gate;
grant delete on auth.session to kipimo_gate;
grant select, delete on auth.device, auth.notice to kipimo_gate;
grant update (revoked_at, superseded) on auth.session to kipimo_gate;
grant update (generation) on auth.user_account to kipimo_gate;   -- to lock it

-- Somebody asked for a letter to an address: for a new password, or to let a new browser sign in to an account that is being guessed
-- at. Whether there is such an account is found out afterwards, so that the answer takes the same time. The address is sealed with
-- the platform's key.
-- No organisation and no person to keep apart: only kipimo_identity reaches it.
create table auth.letter_request (
  id uuid primary key,
  sealed bytea not null check (octet_length(sealed) <= 1024),
  agent text check (length(agent) <= 256),
  created_at timestamptz not null default now()
);
grant select, insert, delete, update (agent) on auth.letter_request to kipimo_identity;   -- to take a row is to lock it
grant select, delete on auth.letter_request to kipimo_gate;

create table app.invitation (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  email text not null check (length(email) <= 254 and email = lower(email)),
  roles text[] not null check (roles <> '{}' and roles <@ array['project_manager', 'meal_officer', 'field_officer', 'viewer']),
  secret_hash bytea not null check (octet_length(secret_hash) = 32),
  expires_at timestamptz not null default now() + interval '7 days',
  accepted_at timestamptz,
  accepted_by uuid,
  revoked_at timestamptz,
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  updated_at timestamptz not null default now(),
  updated_by uuid,
  row_version int not null default 1,
  primary key (tenant_id, id),
  check (expires_at <= created_at + interval '7 days'),
  check ((accepted_at is null) = (accepted_by is null))
);
create unique index invitation_by_secret on app.invitation (secret_hash);
create unique index invitation_open on app.invitation (tenant_id, email) where accepted_at is null and revoked_at is null;
call app.protect('app.invitation');
call app.watch('app.invitation', 'email', 'secret_hash');
grant select, insert, update (revoked_at, row_version, updated_at, updated_by) on app.invitation to kipimo_tenant;
grant select, update (accepted_at, accepted_by, row_version, updated_at, updated_by) on app.invitation to kipimo_gate;
grant update (roles, accepted_at, revoked_at, row_version, updated_at, updated_by) on app.membership to kipimo_gate;

set role kipimo_gate;
grant execute on function gate.organisations(uuid) to kipimo_account;

-- Seconds to wait before the next attempt would be allowed; counts nothing.
create function gate.would_wait(_key bytea, _every interval, _burst int) returns int
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _tat timestamptz;
begin
  select g.tat into _tat from rl.gcra g where g.k = _key;
  return coalesce(greatest(0, ceil(extract(epoch from _tat + _every - _every * _burst - clock_timestamp()))), 0)::int;
end
$$;
grant execute on function gate.would_wait(bytea, interval, int) to kipimo_app;

-- Forgets what has had its time: refused forms after ten minutes, requests after an hour, ended sessions and used secrets after thirty
-- days, browsers and news after a year, counters once they count nothing.
create function gate.sweep() returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  delete from auth.flash where expires_at < now();
  delete from auth.letter_request where created_at < now() - interval '1 hour';
  delete from auth.one_time_secret where expires_at < now() - interval '30 days';
  delete from auth.session where absolute_until < now() - interval '30 days' or revoked_at < now() - interval '30 days';
  delete from auth.notice where at < now() - interval '1 year';
  delete from auth.device where last_seen < now() - interval '1 year';
  delete from rl.gcra where tat < clock_timestamp() - interval '1 minute';
end
$$;
grant execute on function gate.sweep() to kipimo_app;

-- Whose account a secret opens, while it lives. Unknown, used and expired are one answer: none.
create function gate.owner_of_secret(_kind text, _hash bytea) returns uuid
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
begin
  return (select s.user_id from auth.one_time_secret s
    where s.hash = _hash and s.kind = _kind and s.used_at is null and s.expires_at > now());
end
$$;
grant execute on function gate.owner_of_secret(text, bytea) to kipimo_app;

-- What an invitation is for, while it lives.
create function gate.invitation(_hash bytea) returns table (email text, organisation text, slug text, account uuid)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
begin
  return query
    select i.email, t.name, t.slug, (select u.id from auth.user_account u where u.email = i.email)
    from app.invitation i join app.tenant t on t.id = i.tenant_id and t.status = 'active'
    where i.secret_hash = _hash and i.accepted_at is null and i.revoked_at is null and i.expires_at > now();
end
$$;
grant execute on function gate.invitation(bytea) to kipimo_app;

-- Claims an invitation by one conditional update, so that of two at once one joins. The account is the one of its address: made
-- here where there is none, else the one of who is signed in, which the signed setting names. Answers the account; null where
-- there is nothing to claim.
create function gate.accept_invitation(_hash bytea, _user uuid, _name text, _locale text, _password_hash text, _membership uuid,
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
  insert into app.membership as m (tenant_id, id, user_id, roles, accepted_at) values (_i.tenant_id, _membership, _user, _i.roles, now())
    on conflict (tenant_id, user_id) do update
      -- who was let go joins anew with these roles; who is a member keeps what they have
      set roles = case when m.revoked_at is null then m.roles else excluded.roles end,
        accepted_at = coalesce(m.accepted_at, now()), revoked_at = null;
  _event := row(_i.tenant_id, gen_random_uuid(), clock_timestamp(), 'act', 'invitation.accepted', 'invitation', _i.id, null,
    _user, 'user', null, 'none', _request, 'ok', null, null, ''::bytea, decode(repeat('00', 32), 'hex'));
  perform gate.append(_event, '{}', null, null, _agent);
  return _user;
end
$$;
grant execute on function gate.accept_invitation(bytea, uuid, text, text, text, uuid, uuid, text) to kipimo_identity, kipimo_account;

-- A letter of an organisation: sealed with its key, put into the outbox from within its door.
create function gate.post(_id uuid, _sealed bytea) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _tenant uuid := app.tenant();
begin
  if _tenant is null then
    raise exception 'no context' using errcode = 'insufficient_privilege';
  end if;
  insert into auth.mail (id, owner_id, sealed) values (_id, _tenant, _sealed);
end
$$;
grant execute on function gate.post(uuid, bytea) to kipimo_tenant;

-- Ends the sessions of a member of this organisation; answers whose they were.
create function gate.end_sessions(_membership uuid) returns uuid
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _tenant uuid := app.tenant();
  _user uuid;
begin
  select m.user_id into _user from app.membership m where m.tenant_id = _tenant and m.id = _membership and m.revoked_at is null;
  if found then
    -- one that goes on under another id just now is waited for, and ends too
    perform from auth.user_account where id = _user for update;
    update auth.session set revoked_at = coalesce(revoked_at, now()), superseded = false
      where user_id = _user and (revoked_at is null or superseded);
  end if;
  return _user;
end
$$;
grant execute on function gate.end_sessions(uuid) to kipimo_tenant;

-- The first super-admin, and others after: an account that a one-time link opens. For the owner alone.
create function gate.invite_super_admin(_id uuid, _email text, _hash bytea) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _user uuid;
  _event audit.event;
begin
  insert into auth.user_account (id, email, name, status, is_super_admin) values (_id, _email, split_part(_email, '@', 1), 'invited', true)
    on conflict (email) do nothing;
  select id into _user from auth.user_account where email = _email and status = 'invited' and is_super_admin;
  if not found then
    raise exception 'there is an account of that address already' using errcode = 'unique_violation';
  end if;
  update auth.one_time_secret set used_at = now() where user_id = _user and kind = 'set_up' and used_at is null;
  insert into auth.one_time_secret (hash, kind, user_id, expires_at) values (_hash, 'set_up', _user, now() + interval '7 days');
  _event := row('00000000-0000-0000-0000-000000000000', gen_random_uuid(), clock_timestamp(), 'act', 'account.super_admin_invited',
    'user_account', _user, null, null, 'system', null, 'system', null, 'ok', null, null, ''::bytea, decode(repeat('00', 32), 'hex'));
  perform gate.append(_event, '{}', null, null, null);
end
$$;
grant execute on function gate.invite_super_admin(uuid, text, bytea) to kipimo_owner;

reset role;
