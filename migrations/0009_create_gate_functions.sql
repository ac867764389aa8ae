-- The few functions that see past row-level security. Each answers one question and nothing else.
set role kipimo_owner;
grant insert on app.tenant, app.membership to kipimo_gate;
grant select on app.tenant, app.membership, app.project_member, app.api_token to kipimo_gate;
grant insert, update (last_used_at) on app.api_token to kipimo_gate;
grant references on auth.user_account to kipimo_gate;

set role kipimo_gate;

-- An empty message in the write-ahead log: its own commit, which waits for the disk, takes along all that was committed before.
create function gate.flush() returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  perform pg_logical_emit_message(true, 'kipimo', '');
end
$$;
grant execute on function gate.flush() to kipimo_app;

-- What a person may do in an organisation, as the server wants it: one row, or none.
create type gate.standing as (
  user_id uuid, email text, name text, locale text, is_super_admin boolean, has_second_factor boolean,
  session_kind text, impersonator_id uuid, mfa_at timestamptz, stepped_up_at timestamptz,
  tenant_id uuid, slug text, tenant_name text, self_verify_allowed boolean, demo boolean,
  membership_id uuid, roles text[], assignments jsonb
);

-- plpgsql keeps its plans; a function in SQL is planned anew at each call.
create function gate.assignments(_tenant uuid, _membership uuid) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object('project', p.project_id, 'role', p.role, 'locations', p.location_ids)), '[]')
    from app.project_member p where p.tenant_id = _tenant and p.membership_id = _membership
  );
end
$$;

-- Whose cookie is this, and what is the person in this organisation? Tenant columns are null where they are nobody there.
create function gate.authenticate(_id_hash bytea, _slug text) returns setof gate.standing
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _s auth.session;
  _u auth.user_account;
  _t app.tenant;
  _m app.membership;
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
  return next row(_u.id, _u.email, _u.name, _u.locale, _u.is_super_admin, _u.totp_confirmed_at is not null,
    _s.kind, _s.impersonator_id, _s.mfa_at, _s.stepped_up_at,
    case when _m.id is not null then _t.id end, case when _m.id is not null then _t.slug end,
    case when _m.id is not null then _t.name end, _t.self_verify_allowed, _t.demo,
    _m.id, _m.roles, case when _m.id is not null then gate.assignments(_t.id, _m.id) end)::gate.standing;
end
$$;

-- Whose API token is this? Its owner's rights are read at the moment of use.
create function gate.authenticate_token(_hash bytea) returns setof gate.standing
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
  return next row(_u.id, _u.email, _u.name, _u.locale, false, _u.totp_confirmed_at is not null,
    'token', null, null, null, _t.id, _t.slug, _t.name, _t.self_verify_allowed, _t.demo,
    _m.id, _m.roles, gate.assignments(_t.id, _m.id))::gate.standing;
end
$$;

-- The same for a signed token that names an API token by its id: revoking the one ends the other at once.
create function gate.authenticate_token_id(_tenant uuid, _id uuid) returns setof gate.standing
language sql security definer
set search_path = pg_catalog, pg_temp as $$
  select s.* from app.api_token k cross join lateral gate.authenticate_token(k.token_hash) s
  where k.tenant_id = _tenant and k.id = _id
$$;

-- The id of an API token, for the signed token that stands for it.
create function gate.token_named(_hash bytea) returns table (tenant_id uuid, id uuid, user_id uuid)
language sql security definer
set search_path = pg_catalog, pg_temp as $$
  select s.tenant_id, k.id, s.user_id from app.api_token k cross join lateral gate.authenticate_token(k.token_hash) s
  where k.token_hash = _hash
$$;
grant execute on function gate.authenticate(bytea, text), gate.authenticate_token(bytea), gate.authenticate_token_id(uuid, uuid),
  gate.token_named(bytea) to kipimo_app;

-- The generation that a person's new token is bound to.
create function gate.generation(_user uuid) returns int
language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select generation from auth.user_account where id = _user
$$;
grant execute on function gate.generation(uuid) to kipimo_tenant;

-- What a person is, by address, in the first organisation they belong to: for the owner alone.
create function gate.standing_of(_email text) returns setof gate.standing
language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select u.id, u.email, u.name, u.locale, u.is_super_admin, u.totp_confirmed_at is not null,
    'session', null::uuid, now(), now(), t.id, t.slug, t.name, t.self_verify_allowed, t.demo,
    m.id, m.roles, gate.assignments(t.id, m.id)
  from auth.user_account u
  left join app.membership m on m.user_id = u.id and m.accepted_at is not null and m.revoked_at is null
  left join app.tenant t on t.id = m.tenant_id
  where u.email = _email and u.status = 'active'
  order by t.slug limit 1
$$;
grant execute on function gate.standing_of(text) to kipimo_owner;

-- The organisations a person belongs to, for the way in after sign-in.
create function gate.organisations(_user uuid) returns table (slug text, name text, roles text[])
language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select t.slug, t.name, m.roles
  from app.membership m join app.tenant t on t.id = m.tenant_id
  where m.user_id = _user and m.accepted_at is not null and m.revoked_at is null and m.roles <> '{}' and t.status = 'active'
  order by t.name
$$;
grant execute on function gate.organisations(uuid) to kipimo_identity;

-- Names of the people of this organisation, and of no other.
create function gate.people() returns table (id uuid, name text, email text)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _tenant uuid := app.tenant();
begin
  return query
    select u.id, u.name, u.email
    from app.membership m join auth.user_account u on u.id = m.user_id
    where m.tenant_id = _tenant;
end
$$;
grant execute on function gate.people() to kipimo_tenant;

-- The chains that a person's sign-ins are written to: of each organisation they belong to; the platform's, the nil one,
-- where they belong to none.
create function gate.chains_of(_user uuid) returns table (chain uuid)
language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select m.tenant_id from app.membership m where m.user_id = _user and m.revoked_at is null
  union
  select '00000000-0000-0000-0000-000000000000'
  where not exists (select from app.membership m where m.user_id = _user and m.revoked_at is null)
  order by 1
$$;

-- A sign-in, good or bad, in one of the person's chains.
create function gate.record_sign_in(_chain uuid, _user uuid, _action text, _result text, _reason text, _request uuid, _ip text,
  _ip_index bytea, _ip_net_index bytea, _agent text) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _event audit.event;
begin
  if not exists (select from gate.chains_of(_user) c where c.chain = _chain) then
    raise exception 'not a chain of this person' using errcode = 'insufficient_privilege';
  end if;
  if (_action, _result) not in (('session.started', 'ok'), ('session.refused', 'denied'), ('session.ended', 'ok')) then
    raise exception 'not a sign-in' using errcode = 'insufficient_privilege';
  end if;
  _event := row(_chain, gen_random_uuid(), clock_timestamp(), 'act', _action, 'user_account', _user, null,
    _user, case when _result = 'ok' then 'user' else 'public' end, null,
    case when _result = 'ok' then 'session' else 'none' end, _request, _result,
    _ip_index, _ip_net_index, ''::bytea, decode(repeat('00', 32), 'hex'));
  perform gate.append(_event, '{}', _reason, _ip, _agent);
end
$$;
grant execute on function gate.chains_of(uuid), gate.record_sign_in(uuid, uuid, text, text, text, uuid, text, bytea, bytea, text)
  to kipimo_identity;

-- A donor opens a link. Only this completed exchange rolls the expiry, at most once a day, never past the hard limit.
-- Answers no row for unknown, wrong, expired and revoked alike; the organisation's log tells them apart.
create function gate.open_link(_public_id text, _secret_hash bytea, _visit uuid, _visit_hash bytea, _access uuid,
  _ip_index bytea, _agent text) returns table (tenant_id uuid, link_id uuid, snapshot_id uuid)
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _l app.donor_link;
  _outcome text;
  _event audit.event;
begin
  select * into _l from app.donor_link d where d.public_id = _public_id for update;
  if not found then
    return;
  end if;
  _outcome := case
    when _l.secret_hash <> _secret_hash then 'wrong_secret'
    when _l.revoked_at is not null then 'revoked'
    when least(_l.rolling_until, _l.hard_until) <= now() then 'expired'
    else 'ok'
  end;
  insert into app.donor_link_access (tenant_id, id, link_id, outcome, ip_index, agent)
    values (_l.tenant_id, _access, _l.id, _outcome, _ip_index, _agent);
  _event := row(_l.tenant_id, gen_random_uuid(), clock_timestamp(), 'act',
    case when _outcome = 'ok' then 'donor_link.opened' else 'donor_link.refused' end, 'donor_link', _l.id, _l.project_id,
    _l.id, 'donor_link', null, 'donor', null, case when _outcome = 'ok' then 'ok' else 'denied' end,
    null, null, ''::bytea, decode(repeat('00', 32), 'hex'));
  perform gate.append(_event, '{}', _outcome, null, _agent);
  if _outcome <> 'ok' then
    return;
  end if;
  if _l.last_human_use is null or _l.last_human_use <= now() - interval '1 day' then
    update app.donor_link d
      set last_human_use = now(), rolling_until = least(now() + interval '90 days', _l.hard_until)
      where d.tenant_id = _l.tenant_id and d.id = _l.id;
  end if;
  insert into app.donor_visit (tenant_id, id, link_id, secret_hash, expires_at)
    values (_l.tenant_id, _visit, _l.id, _visit_hash, now() + interval '8 hours');
  return query select _l.tenant_id, _l.id, _l.snapshot_id;
end
$$;

-- What the cookie of a visit stands for, while its link lives.
create function gate.authenticate_visit(_hash bytea) returns table (tenant_id uuid, link_id uuid, snapshot_id uuid)
language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select l.tenant_id, l.id, l.snapshot_id
  from app.donor_visit v join app.donor_link l on l.tenant_id = v.tenant_id and l.id = v.link_id
  where v.secret_hash = _hash and v.expires_at > now() and l.revoked_at is null
    and l.rolling_until > now() and l.hard_until > now()
$$;
grant execute on function gate.open_link(text, bytea, uuid, bytea, uuid, bytea, text), gate.authenticate_visit(bytea)
  to kipimo_app;

-- Founding: accounts, organisations, members. For the owner alone (migration, demonstration, first administrator).
create function gate.create_account(_id uuid, _email text, _name text, _locale text, _password_hash text,
  _totp_secret bytea, _super boolean) returns uuid
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _found uuid;
begin
  insert into auth.user_account (id, email, name, locale, password_hash, totp_secret, totp_confirmed_at, is_super_admin)
    values (_id, _email, _name, _locale, _password_hash, _totp_secret, case when _totp_secret is not null then now() end, _super)
    on conflict (email) do nothing;
  select id into _found from auth.user_account where email = _email;
  return _found;
end
$$;

create function gate.account_of(_email text) returns uuid
language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select id from auth.user_account where email = _email
$$;
grant execute on function gate.account_of(text) to kipimo_owner;

create function gate.create_organisation(_id uuid, _slug text, _name text, _demo boolean) returns uuid
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _found uuid;
begin
  insert into app.tenant (id, slug, name, demo) values (_id, _slug, _name, _demo) on conflict (slug) do nothing;
  select id into _found from app.tenant where slug = _slug;
  return _found;
end
$$;

create function gate.enrol(_tenant uuid, _id uuid, _user uuid, _roles text[], _job_title text) returns uuid
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _found uuid;
begin
  insert into app.membership (tenant_id, id, user_id, roles, job_title, accepted_at)
    values (_tenant, _id, _user, _roles, _job_title, now()) on conflict (tenant_id, user_id) do nothing;
  select id into _found from app.membership where tenant_id = _tenant and user_id = _user;
  return _found;
end
$$;

-- A token for a person of the demonstration, whatever their role: only on the command line of a development server.
create function gate.issue_demonstration_token(_email text, _id uuid, _hash bytea, _last_four text) returns uuid
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _made uuid;
begin
  insert into app.api_token (tenant_id, id, name, membership_id, token_hash, last_four, generation, expires_at)
    select m.tenant_id, _id, 'demonstration', m.id, _hash, _last_four, u.generation, now() + interval '90 days'
    from auth.user_account u join app.membership m on m.user_id = u.id join app.tenant t on t.id = m.tenant_id and t.demo
    where u.email = _email
    order by t.slug limit 1
    returning id into _made;
  return _made;
end
$$;
grant execute on function gate.issue_demonstration_token(text, uuid, bytea, text) to kipimo_owner;

create function gate.set_context_key(_inner bytea, _outer bytea) returns void
language sql security definer
set search_path = pg_catalog, pg_temp as $$
  insert into gate.context_key (id, inner_pad, outer_pad) values (1, _inner, _outer)
  on conflict (id) do update set inner_pad = excluded.inner_pad, outer_pad = excluded.outer_pad
$$;
grant execute on function gate.create_account(uuid, text, text, text, text, bytea, boolean),
  gate.create_organisation(uuid, text, text, boolean), gate.enrol(uuid, uuid, uuid, text[], text),
  gate.set_context_key(bytea, bytea) to kipimo_owner;

reset role;
