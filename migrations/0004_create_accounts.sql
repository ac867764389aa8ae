-- Accounts and sessions. People are not owned by an organisation, so these tables carry no tenant; no door of an
-- organisation reaches them but for the names of its own members (gate.people, in a later migration).
set role kipimo_owner;

create table auth.user_account (
  id uuid primary key,
  email text not null check (length(email) <= 254 and email = lower(email)),
  name text not null check (length(name) between 1 and 120),
  locale text not null default 'en' check (locale in ('en', 'sw')),
  password_hash text check (length(password_hash) <= 255),
  totp_secret bytea,                          -- sealed; see server/src/kernel/crypto
  totp_confirmed_at timestamptz,
  totp_last_step bigint not null default 0,   -- a code is accepted once: the step only ever rises
  generation int not null default 1,          -- raised to end every session and token at once
  status text not null default 'active' check (status in ('invited', 'active', 'disabled', 'erased')),
  is_super_admin boolean not null default false,
  last_login_at timestamptz,
  created_at timestamptz not null default now(),
  unique (email)
);

create table auth.session (
  id_hash bytea primary key check (octet_length(id_hash) = 32),
  user_id uuid not null references auth.user_account (id) on delete cascade,
  -- 'pending': the password was right, the second factor is still owed; it opens no page but that one
  kind text not null check (kind in ('pending', 'session', 'impersonation')),
  impersonator_id uuid references auth.user_account (id),
  reason text,
  generation int not null,
  created_at timestamptz not null default now(),
  last_seen timestamptz not null default now(),
  idle_seconds int not null check (idle_seconds between 60 and 28800),
  absolute_until timestamptz not null,
  mfa_at timestamptz,
  stepped_up_at timestamptz,
  wrong_codes int not null default 0,
  ip_sealed bytea,
  agent text check (length(agent) <= 256),
  revoked_at timestamptz,
  check (absolute_until <= created_at + interval '7 days'),
  check (kind <> 'impersonation' or (impersonator_id is not null and length(reason) >= 10))
);
create index session_by_user on auth.session (user_id);

-- What was typed into a refused form, and why it was refused: kept for ten minutes so that nothing is lost.
create table auth.flash (
  id uuid primary key,
  user_id uuid references auth.user_account (id) on delete cascade,
  body jsonb not null check (octet_length(body::text) <= 262144),
  expires_at timestamptz not null default now() + interval '10 minutes'
);
create index flash_by_expiry on auth.flash (expires_at);

-- The key of one owner's data: of a person, an organisation or a donor's link. It is wrapped by the server's master key,
-- which is in no database. Destroying it shreds what it sealed, in the log and in every copy, while the log's hashes, which
-- were made over ciphertext, stay what they were.
create table auth.data_key (
  owner_id uuid primary key,
  wrapped bytea check (octet_length(wrapped) between 33 and 255),
  created_at timestamptz not null default now(),
  destroyed_at timestamptz,
  check ((wrapped is null) = (destroyed_at is not null))
);
grant select, insert on auth.data_key to kipimo_gate;

grant select on auth.user_account to kipimo_identity;
grant select, insert on auth.session, auth.flash to kipimo_identity;
grant update (totp_last_step, last_login_at) on auth.user_account to kipimo_identity;
grant update (revoked_at, wrong_codes, stepped_up_at, last_seen) on auth.session to kipimo_identity;
grant delete on auth.flash to kipimo_identity;
grant select, insert on auth.user_account to kipimo_gate;
grant select on auth.session to kipimo_gate;
grant update (last_seen) on auth.session to kipimo_gate;

-- One counter a key: GCRA, one statement, no race. Lost at a crash, which only forgives.
create unlogged table rl.gcra (
  k bytea primary key,
  tat timestamptz not null
) with (fillfactor = 50);
grant select, insert, update, delete on rl.gcra to kipimo_gate;

set role kipimo_gate;
-- The key of an owner's data; the one offered, where there is none yet. No row once it was destroyed: nothing is sealed for
-- them any more. `fresh` says that this transaction made it, so that nobody relies on it before it is committed.
create function gate.data_key(_owner uuid, _offered bytea) returns table (wrapped bytea, fresh boolean)
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _made bytea;
  _ctx text[] := gate.context();
begin
  -- within a door: the organisation's own key, and that of who acts
  if _ctx is not null and _owner::text not in (_ctx[1], _ctx[2]) then
    raise exception 'not a key of this context' using errcode = 'insufficient_privilege';
  end if;
  insert into auth.data_key as k (owner_id, wrapped) values (_owner, _offered)
    on conflict (owner_id) do nothing returning k.wrapped into _made;
  if found then
    return query select _made, true;
  else
    return query select k.wrapped, k.xmin is not distinct from pg_current_xact_id_if_assigned()::xid
      from auth.data_key k where k.owner_id = _owner and k.destroyed_at is null;
  end if;
end
$$;
grant execute on function gate.data_key(uuid, bytea) to kipimo_identity, kipimo_tenant, kipimo_portal, kipimo_owner;

-- Seconds to wait before the next attempt is allowed; 0 if this one is, and it has been counted.
create function gate.hit(_key bytea, _every interval, _burst int) returns int
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _tat timestamptz;
begin
  insert into rl.gcra as g (k, tat) values (_key, clock_timestamp() + _every)
  on conflict (k) do update set tat = greatest(g.tat, clock_timestamp()) + _every
    where greatest(g.tat, clock_timestamp()) + _every - clock_timestamp() <= _every * _burst
  returning g.tat into _tat;
  if found then
    return 0;
  end if;
  select g.tat into _tat from rl.gcra g where g.k = _key;
  return greatest(1, ceil(extract(epoch from _tat + _every - _every * _burst - clock_timestamp())))::int;
end
$$;
grant execute on function gate.hit(bytea, interval, int) to kipimo_app, kipimo_identity, kipimo_portal;

-- Forgets a counter, once the attempts have been shown to be the owner's.
create function gate.forgive(_key bytea) returns void
language sql security definer
set search_path = pg_catalog, pg_temp as $$
  delete from rl.gcra where k = _key
$$;
grant execute on function gate.forgive(bytea) to kipimo_app;

reset role;
