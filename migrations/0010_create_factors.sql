-- Second factors, step-up, and the log of what people change about their own accounts.
set role kipimo_owner;

-- A secret that was shown for enrolment and not yet confirmed by a code. It proves nothing until then.
alter table auth.user_account
  add column password_stands_alone boolean not null default true,   -- long enough without a second factor
  add column totp_offered bytea,
  add column totp_offered_at timestamptz;
-- Names a session in its owner's list, through all the ids that its cookie has had; those are hashed in its rows.
alter table auth.session add column id uuid not null default gen_random_uuid();
create index session_by_name on auth.session (id);
-- A row whose session is about to go on under another id. Who ends the session meanwhile takes this mark away, and it does not go on.
alter table auth.session add column superseded boolean not null default false;

-- What has ended stays ended, and wrong codes are not forgotten, whoever writes.
create function auth.keep_ended() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  if old.revoked_at is not null then
    new.revoked_at := old.revoked_at;
    new.last_seen := old.last_seen;
    new.superseded := new.superseded and old.superseded;
  end if;
  new.wrong_codes := greatest(new.wrong_codes, old.wrong_codes);
  return new;
end
$$;
create trigger keep_ended before update on auth.session for each row execute function auth.keep_ended();
-- Which roles of an organisation demand a second factor, beyond those that always do.
alter table app.tenant add column second_factor_roles text[] not null default '{}'
  check (second_factor_roles <@ array['project_manager', 'meal_officer', 'field_officer', 'viewer']);
grant update (second_factor_roles) on app.tenant to kipimo_tenant;

-- Ten codes of 120 random bits for who has lost every other factor. Each works once.
create table auth.recovery_code (
  user_id uuid not null references auth.user_account (id) on delete cascade,
  hash bytea not null check (octet_length(hash) = 32),
  used_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (user_id, hash)
);

-- Browsers that an account was used with, by the hash of a cookie of their own: news of a sign-in is about others, and limits
-- that guard an account from strangers let its owner through.
create table auth.device (
  user_id uuid not null references auth.user_account (id) on delete cascade,
  hash bytea not null check (octet_length(hash) = 32),
  created_at timestamptz not null default now(),
  last_seen timestamptz not null default now(),
  primary key (user_id, hash)
);

-- An account is changed in its own name alone: the role kipimo_account sees the rows of who the signed setting names, as the
-- doors see those of an organisation. Whoever has SQL as the server's login can sign no such setting.
grant usage on schema app, auth, audit to kipimo_account;
grant execute on function app.actor(), app.tenant() to kipimo_account;
-- The floor is restrictive, as that of organisations' tables: no policy added later widens what a role sees. One role may be named
-- that finds rows before anybody is known, or sends what is sealed.
create procedure auth.protect(_table regclass, _column text, _beside text default '')
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
  _own text := format('%I = (select app.actor())', _column);
  _floor text := case _beside when '' then _own else format('current_user = %L or %s', _beside, _own) end;
begin
  execute format('alter table %s enable row level security', _table);
  execute format('alter table %s force row level security', _table);
  execute format('create policy t_floor on %s as restrictive for all to public using (%s) with check (%s)', _table, _floor, _floor);
  execute format('create policy own on %s for all to kipimo_account using (current_user = ''kipimo_account'')
    with check (current_user = ''kipimo_account'')', _table);
end
$$;
call auth.protect('auth.user_account', 'id', 'kipimo_identity');
call auth.protect('auth.session', 'user_id', 'kipimo_identity');
call auth.protect('auth.recovery_code', 'user_id');
call auth.protect('auth.device', 'user_id');
-- finding an account by its address, and a session by its cookie, comes before anybody is known
create policy finds on auth.user_account for select to kipimo_identity using (current_user = 'kipimo_identity');
create policy finds on auth.session for all to kipimo_identity
  using (current_user = 'kipimo_identity') with check (current_user = 'kipimo_identity');

revoke update (totp_last_step, last_login_at) on auth.user_account from kipimo_identity;
revoke insert, update on auth.session from kipimo_identity;
grant update (revoked_at, wrong_codes, last_seen) on auth.session to kipimo_identity;
grant select, update (name, locale, email, status, password_hash, password_stands_alone, generation, totp_secret, totp_confirmed_at, totp_last_step, totp_offered,
  totp_offered_at, last_login_at) on auth.user_account to kipimo_account;
grant select, insert, update (revoked_at, superseded) on auth.session to kipimo_account;
grant select, insert, delete, update (used_at) on auth.recovery_code to kipimo_account;
grant select, insert, delete, update (last_seen) on auth.device to kipimo_account;
grant select on auth.recovery_code to kipimo_gate;

set role kipimo_gate;
grant usage on schema gate to kipimo_account;
-- As before, and: a setting for an organisation opens no account, so that SQL within a door changes none.
create or replace function gate.context() returns text[]
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _raw text := current_setting('app.ctx', true);
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
  if _parts[3] = 'donor_link' and current_setting('role') <> 'kipimo_portal' then
    return null;
  end if;
  if current_setting('role') = 'kipimo_account' and _parts[1] <> '' then
    return null;
  end if;
  if _parts[7]::bigint < extract(epoch from statement_timestamp()) then
    return null;
  end if;
  return _parts;
end
$$;
grant execute on function gate.context(), gate.chains_of(uuid) to kipimo_account;

-- The key of an owner's data, as before; and for who acts on an account of their own, those of the logs that it is written to.
create or replace function gate.data_key(_owner uuid, _offered bytea) returns table (wrapped bytea, fresh boolean)
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _made bytea;
  _ctx text[] := gate.context();
begin
  -- within a door: the organisation's own key, and that of who acts
  if _ctx is not null and _owner::text not in (_ctx[1], _ctx[2])
    and not (current_setting('role') = 'kipimo_account' and _owner in (select gate.chains_of(_ctx[2]::uuid)))
  then
    raise exception 'not a key of this context' using errcode = 'insufficient_privilege';
  end if;
  -- without one, a key is made for nobody but the platform itself: nobody is given one that does not open
  if _ctx is null and _owner <> '00000000-0000-0000-0000-000000000000' and current_setting('role') <> 'kipimo_owner' then
    return query select k.wrapped, false from auth.data_key k where k.owner_id = _owner and k.destroyed_at is null;
    return;
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
grant execute on function gate.data_key(uuid, bytea) to kipimo_account;

-- Whether a person holds a role that demands a second factor, anywhere.
create function gate.owes_factor(_user uuid) returns boolean
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
begin
  return exists (
    select from app.membership m join app.tenant t on t.id = m.tenant_id
    where m.user_id = _user and m.accepted_at is not null and m.revoked_at is null and t.status = 'active'
      and (m.roles && (array['tenant_admin', 'safeguarding_focal'] || t.second_factor_roles)
        or exists (select from app.project_member p
          where p.tenant_id = m.tenant_id and p.membership_id = m.id and p.role = any (t.second_factor_roles)))
  );
end
$$;
grant execute on function gate.owes_factor(uuid) to kipimo_identity, kipimo_account;

-- Whether a person has a second factor.
create function gate.has_factor(_user uuid) returns boolean
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
begin
  return exists (select from auth.user_account u where u.id = _user and u.totp_confirmed_at is not null);
end
$$;
grant execute on function gate.has_factor(uuid) to kipimo_identity, kipimo_account;

-- What a person is, with what their session has proven: `owes_factor` opens nothing but the page where one is set up, and
-- `fresh` says that they proved themselves in the last ten minutes.
alter type gate.standing add attribute owes_factor boolean, add attribute fresh boolean, add attribute needs_factor boolean;

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
        select from jsonb_array_elements(_assignments) a where a ->> 'role' = any (_t.second_factor_roles)))))::gate.standing;
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
    _m.id, _m.roles, gate.assignments(_t.id, _m.id), false, false, false)::gate.standing;
end
$$;

create or replace function gate.standing_of(_email text) returns setof gate.standing
language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select u.id, u.email, u.name, u.locale, u.is_super_admin, gate.has_factor(u.id),
    'session', null::uuid, now(), now(), t.id, t.slug, t.name, t.self_verify_allowed, t.demo,
    m.id, m.roles, gate.assignments(t.id, m.id), false, true, false
  from auth.user_account u
  left join app.membership m on m.user_id = u.id and m.accepted_at is not null and m.revoked_at is null
  left join app.tenant t on t.id = m.tenant_id
  where u.email = _email and u.status = 'active'
  order by t.slug limit 1
$$;

-- What somebody did with an account of their own, in one of that person's chains. Who is not signed in is `public` there.
drop function gate.record_sign_in(uuid, uuid, text, text, text, uuid, text, bytea, bytea, text);
create function gate.record_account(_chain uuid, _user uuid, _action text, _result text, _signed_in boolean, _changes text, _reason text,
  _request uuid, _ip text, _ip_index bytea, _ip_net_index bytea, _agent text) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _event audit.event;
begin
  if not exists (select from gate.chains_of(_user) c where c.chain = _chain) then
    raise exception 'not a chain of this person' using errcode = 'insufficient_privilege';
  end if;
  -- of somebody in their own signed name; of nobody, a refused sign-in and nothing else
  if (gate.context())[2] is distinct from _user::text or (_user is null and _action <> 'session.refused') then
    raise exception 'not in the name of this person' using errcode = 'insufficient_privilege';
  end if;
  -- only what concerns an account: an organisation's own acts are recorded by its doors
  if _action !~ '^(session|step_up|second_factor|recovery_code|passkey|password|email|account)\.[a-z_]{2,30}$'
    or _result not in ('ok', 'denied') then
    raise exception 'not an act on an account' using errcode = 'insufficient_privilege';
  end if;
  _event := row(_chain, gen_random_uuid(), clock_timestamp(), 'act', _action, 'user_account', _user, null,
    _user, case when _signed_in then 'user' else 'public' end, null,
    case when _signed_in then 'session' else 'none' end, _request, _result,
    _ip_index, _ip_net_index, ''::bytea, decode(repeat('00', 32), 'hex'));
  perform gate.append(_event, _changes, _reason, _ip, _agent);
end
$$;
grant execute on function gate.record_account(uuid, uuid, text, text, boolean, text, text, uuid, text, bytea, bytea, text)
  to kipimo_identity, kipimo_account;

reset role;
