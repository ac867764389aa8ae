-- Passkeys: a second factor that cannot be phished. What is kept of one is its public key.
set role kipimo_owner;

create table auth.passkey (
  id uuid primary key,
  user_id uuid not null references auth.user_account (id) on delete cascade,
  credential_id bytea not null unique check (octet_length(credential_id) between 16 and 1023),
  credential jsonb not null check (octet_length(credential::text) <= 8192),
  name text not null check (length(name) between 1 and 60),
  created_at timestamptz not null default now(),
  last_used_at timestamptz
);
create index passkey_by_user on auth.passkey (user_id);
call auth.protect('auth.passkey', 'user_id');
grant select, insert, delete, update (credential, last_used_at) on auth.passkey to kipimo_account;
grant select on auth.passkey to kipimo_gate;

-- A challenge to a browser, bound to its session and used once: five minutes.
create table auth.ceremony (
  id uuid primary key,
  user_id uuid not null references auth.user_account (id) on delete cascade,
  session_hash bytea not null check (octet_length(session_hash) = 32),
  sealed bytea not null check (octet_length(sealed) <= 32768),
  expires_at timestamptz not null default now() + interval '5 minutes'
);
create index ceremony_by_user on auth.ceremony (user_id);
call auth.protect('auth.ceremony', 'user_id');
grant select, insert, delete on auth.ceremony to kipimo_account;

set role kipimo_gate;
create or replace function gate.has_factor(_user uuid) returns boolean
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
begin
  return exists (select from auth.user_account u where u.id = _user and u.totp_confirmed_at is not null)
    or exists (select from auth.passkey p where p.user_id = _user);
end
$$;
reset role;
