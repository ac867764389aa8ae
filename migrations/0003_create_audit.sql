-- The audit log: what people did and what that did to the data, one hash chain an organisation.
--
-- The bytes that are hashed are written by audit.canonical() and frozen by test vectors: RFC 8785 JSON whose every
-- value is a string, null, or a list or object of such. The link of the chain is made at commit, so that the
-- organisation's chain is locked only while committing; order is the order of the links, never of a clock.
set role kipimo_owner;

create table audit.event (
  tenant_id uuid not null,
  id uuid not null,
  at timestamptz not null,                 -- shown, never used for order
  kind text not null check (kind in ('act', 'row')),
  action text not null check (length(action) <= 80),
  entity_type text check (length(entity_type) <= 60),
  entity_id uuid,
  project_id uuid,
  actor_id uuid,
  actor_kind text not null check (actor_kind in ('user', 'api_token', 'donor_link', 'system', 'public')),
  impersonator_id uuid,
  session_kind text not null check (session_kind in ('session', 'token', 'donor', 'impersonation', 'system', 'none')),
  request_id uuid,
  result text not null check (result in ('ok', 'denied', 'error')),
  ip_index bytea check (octet_length(ip_index) = 16),
  ip_net_index bytea check (octet_length(ip_net_index) = 16),
  -- RFC 8785 bytes of the whole event; address and other personal values in it are ciphertext
  canon bytea not null,
  content_hash bytea not null check (octet_length(content_hash) = 32),
  primary key (tenant_id, id),
  check (session_kind <> 'impersonation' or impersonator_id is not null),
  check (impersonator_id is null or session_kind = 'impersonation')
);
comment on table audit.event is 'Append-only. The nil tenant is the platform''s own chain.';

create table audit.link (
  tenant_id uuid not null,
  seq bigint not null check (seq > 0),
  event_id uuid not null,
  act boolean not null,                    -- whether the event is an act: the log is read by acts, and they are few
  hash bytea not null check (octet_length(hash) = 32),
  primary key (tenant_id, seq),
  unique (tenant_id, event_id),
  foreign key (tenant_id, event_id) references audit.event (tenant_id, id)
);
create index link_of_acts on audit.link (tenant_id, seq) where act;

create table audit.head (
  tenant_id uuid primary key,
  seq bigint not null,
  hash bytea not null check (octet_length(hash) = 32)
);

-- What a transaction has written and not yet sealed. Empty between transactions.
create table audit.pending (
  tenant_id uuid not null,
  xid xid8 not null,
  ids uuid[] not null,
  acts boolean[] not null,
  hashes bytea[] not null,
  primary key (tenant_id, xid)
);

create index event_by_entity on audit.event (tenant_id, entity_id);
create index event_by_request on audit.event (tenant_id, request_id) where request_id is not null;
create index event_by_actor on audit.event (tenant_id, actor_id);

alter table audit.event enable row level security;
alter table audit.event force row level security;
create policy t_floor on audit.event as restrictive for all to public
  using (tenant_id = (select app.tenant())) with check (tenant_id = (select app.tenant()));
create policy t_app on audit.event for select to kipimo_tenant
  using ((select current_setting('app.ctx', true)) <> '');
alter table audit.link enable row level security;
alter table audit.link force row level security;
create policy t_floor on audit.link as restrictive for all to public
  using (tenant_id = (select app.tenant())) with check (tenant_id = (select app.tenant()));
create policy t_app on audit.link for select to kipimo_tenant
  using ((select current_setting('app.ctx', true)) <> '');
alter table audit.head enable row level security;
alter table audit.head force row level security;
create policy t_floor on audit.head as restrictive for all to public
  using (tenant_id = (select app.tenant())) with check (tenant_id = (select app.tenant()));
create policy t_app on audit.head for select to kipimo_tenant
  using ((select current_setting('app.ctx', true)) <> '');
alter table audit.pending enable row level security;
alter table audit.pending force row level security;
create policy t_floor on audit.pending as restrictive for all to public
  using (tenant_id = (select app.tenant())) with check (tenant_id = (select app.tenant()));

grant select on audit.event, audit.link, audit.head to kipimo_tenant;
grant select, insert on audit.event, audit.link, audit.pending, audit.head to kipimo_gate;
grant update on audit.pending, audit.head to kipimo_gate;
grant delete on audit.pending to kipimo_gate;

create function audit.refuse_change() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'the audit log is append-only' using errcode = 'insufficient_privilege';
end
$$;
create trigger append_only before update or delete on audit.event
  for each row execute function audit.refuse_change();
create trigger append_only before update or delete on audit.link
  for each row execute function audit.refuse_change();
create trigger no_truncate before truncate on audit.event
  for each statement execute function audit.refuse_change();
create trigger no_truncate before truncate on audit.link
  for each statement execute function audit.refuse_change();

-- Seals what one transaction wrote, at its commit.
-- hash(n) = SHA-256( hash(n-1) || seq as 8 bytes, big-endian || content_hash ), hash(0) = 32 zero bytes
set role kipimo_gate;
create function gate.seal() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _todo audit.pending;
  _seq bigint;
  _first bigint;
  _hash bytea;
  _made bytea[] := '{}';
  _content bytea;
begin
  delete from audit.pending where tenant_id = new.tenant_id and xid = new.xid returning * into _todo;
  if not found then
    return null;
  end if;
  select seq, hash into _seq, _hash from audit.head where tenant_id = new.tenant_id for update;
  if not found then
    -- the first event of a chain; two at once both try, and the later one waits for the earlier
    insert into audit.head (tenant_id, seq, hash)
      values (new.tenant_id, 0, decode(repeat('00', 32), 'hex'))
      on conflict (tenant_id) do nothing;
    select seq, hash into _seq, _hash from audit.head where tenant_id = new.tenant_id for update;
  end if;
  _first := _seq + 1;
  foreach _content in array _todo.hashes loop
    _seq := _seq + 1;
    _hash := sha256(_hash || int8send(_seq) || _content);
    _made := _made || _hash;
  end loop;
  insert into audit.link (tenant_id, seq, event_id, act, hash)
    select new.tenant_id, _first + t.ord - 1, t.event_id, t.act, t.hash
    from unnest(_todo.ids, _todo.acts, _made) with ordinality as t(event_id, act, hash, ord);
  update audit.head set seq = _seq, hash = _hash where tenant_id = new.tenant_id;
  return null;
end
$$;

-- The bytes of an event. Keys in code-point order; microseconds since 1970 as a decimal string. Written as one
-- expression: this runs for every changed row. Ids and hexadecimal need no escaping.
create function gate.canonical(_event audit.event, _changes text, _reason text, _ip text, _agent text)
returns bytea
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp as $$
begin
  return convert_to(
    '{"action":' || to_json(_event.action)::text
    || ',"actor":' || coalesce('"' || _event.actor_id || '"', 'null')
    || ',"actor_kind":"' || _event.actor_kind
    || '","agent":' || coalesce(to_json(_agent)::text, 'null')
    || ',"at":"' || (extract(epoch from _event.at) * 1000000)::bigint
    || '","changes":' || _changes
    || ',"entity":' || coalesce('"' || _event.entity_id || '"', 'null')
    || ',"entity_type":' || coalesce(to_json(_event.entity_type)::text, 'null')
    || ',"id":"' || _event.id
    || '","impersonator":' || coalesce('"' || _event.impersonator_id || '"', 'null')
    || ',"ip":' || coalesce(to_json(_ip)::text, 'null')
    || ',"ip_index":' || coalesce('"' || encode(_event.ip_index, 'hex') || '"', 'null')
    || ',"ip_net_index":' || coalesce('"' || encode(_event.ip_net_index, 'hex') || '"', 'null')
    || ',"kind":"' || _event.kind
    || '","project":' || coalesce('"' || _event.project_id || '"', 'null')
    || ',"reason":' || coalesce(to_json(_reason)::text, 'null')
    || ',"request":' || coalesce('"' || _event.request_id || '"', 'null')
    || ',"result":"' || _event.result
    || '","session_kind":"' || _event.session_kind
    || '","tenant":"' || _event.tenant_id
    || '","v":"1"}', 'UTF8');
end
$$;

-- Column → [old, new] of one row, without bookkeeping columns; a redacted column says only that it changed.
create function gate.row_changes(_old jsonb, _new jsonb, _redacted text[]) returns text
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp as $$
declare
  _bookkeeping constant text[] := array['tenant_id', 'id', 'created_at', 'created_by', 'updated_at', 'updated_by', 'row_version'];
  _pairs text;
begin
  if _old is null or _new is null then
    -- a new or a deleted row: every column that is not null
    select string_agg(to_json(c.key)::text || ':' || case
        when c.key = any (_redacted) then '["(changed)","(changed)"]'
        when _old is null then '[null,' || to_json(c.value)::text || ']'
        else '[' || to_json(c.value)::text || ',null]'
      end, ',' order by c.key collate "C")
    into _pairs
    from jsonb_each_text(coalesce(_new, _old)) as c
    where c.value is not null and c.key <> all (_bookkeeping);
  else
    select string_agg(to_json(c.key)::text || ':' || case
        when c.key = any (_redacted) then '["(changed)","(changed)"]'
        else '[' || coalesce(to_json(_old ->> c.key)::text, 'null') || ',' || coalesce(to_json(c.value)::text, 'null') || ']'
      end, ',' order by c.key collate "C")
    into _pairs
    from jsonb_each_text(_new) as c
    where c.value is distinct from _old ->> c.key and c.key <> all (_bookkeeping);
  end if;
  return '{' || coalesce(_pairs, '') || '}';
end
$$;

-- One changed row as an event.
create function gate.row_event(_table text, _op text, _ctx text[], _old jsonb, _new jsonb, _redacted text[])
returns audit.event
language plpgsql stable
set search_path = pg_catalog, pg_temp as $$
declare
  _row jsonb := coalesce(_new, _old);
  _event audit.event;
begin
  _event.tenant_id := (_row ->> 'tenant_id')::uuid;
  _event.id := gen_random_uuid();
  _event.at := clock_timestamp();
  _event.kind := 'row';
  _event.action := _table || '.' || lower(_op);
  _event.entity_type := _table;
  _event.entity_id := (_row ->> 'id')::uuid;
  _event.project_id := case when _table = 'project' then _event.entity_id else (_row ->> 'project_id')::uuid end;
  _event.actor_id := nullif(_ctx[2], '')::uuid;
  _event.actor_kind := coalesce(nullif(_ctx[3], ''), 'system');
  _event.session_kind := coalesce(nullif(_ctx[4], ''), 'system');
  _event.impersonator_id := nullif(_ctx[5], '')::uuid;
  _event.request_id := nullif(_ctx[6], '')::uuid;
  _event.result := 'ok';
  _event.canon := gate.canonical(_event, gate.row_changes(_old, _new, _redacted), null, null, null);
  _event.content_hash := sha256(_event.canon);
  return _event;
end
$$;

-- The generic trigger: one event a changed row, whoever wrote the statement.
create function gate.capture() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _ctx text[] := gate.context();
  _redacted text[] := coalesce(tg_argv::text[], '{}');
begin
  if tg_op = 'INSERT' then
    with made as (
      insert into audit.event
      select e.* from new_rows n
      cross join lateral gate.row_event(tg_table_name, tg_op, _ctx, null, to_jsonb(n), _redacted) e
      returning tenant_id, id, content_hash
    )
    insert into audit.pending as p (tenant_id, xid, ids, acts, hashes)
      select tenant_id, pg_current_xact_id(), array_agg(id), array_agg(false), array_agg(content_hash) from made group by tenant_id
      on conflict (tenant_id, xid)
      do update set ids = p.ids || excluded.ids, acts = p.acts || excluded.acts, hashes = p.hashes || excluded.hashes;
  elsif tg_op = 'DELETE' then
    with made as (
      insert into audit.event
      select e.* from old_rows o
      cross join lateral gate.row_event(tg_table_name, tg_op, _ctx, to_jsonb(o), null, _redacted) e
      returning tenant_id, id, content_hash
    )
    insert into audit.pending as p (tenant_id, xid, ids, acts, hashes)
      select tenant_id, pg_current_xact_id(), array_agg(id), array_agg(false), array_agg(content_hash) from made group by tenant_id
      on conflict (tenant_id, xid)
      do update set ids = p.ids || excluded.ids, acts = p.acts || excluded.acts, hashes = p.hashes || excluded.hashes;
  else
    with made as (
      insert into audit.event
      select e.* from old_rows o join new_rows n on n.tenant_id = o.tenant_id and n.id = o.id
      cross join lateral gate.row_event(tg_table_name, tg_op, _ctx, to_jsonb(o), to_jsonb(n), _redacted) e
      returning tenant_id, id, content_hash
    )
    insert into audit.pending as p (tenant_id, xid, ids, acts, hashes)
      select tenant_id, pg_current_xact_id(), array_agg(id), array_agg(false), array_agg(content_hash) from made group by tenant_id
      on conflict (tenant_id, xid)
      do update set ids = p.ids || excluded.ids, acts = p.acts || excluded.acts, hashes = p.hashes || excluded.hashes;
  end if;
  return null;
end
$$;
grant execute on function gate.capture() to kipimo_owner;

-- One act, hashed, written and noted for sealing.
create function gate.append(_event audit.event, _changes text, _reason text, _ip text, _agent text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  _event.canon := gate.canonical(_event, _changes, _reason, _ip, _agent);
  _event.content_hash := sha256(_event.canon);
  insert into audit.event select _event.*;
  insert into audit.pending as p (tenant_id, xid, ids, acts, hashes)
    values (_event.tenant_id, pg_current_xact_id(), array[_event.id], array[_event.kind = 'act'], array[_event.content_hash])
    on conflict (tenant_id, xid)
    do update set ids = p.ids || excluded.ids, acts = p.acts || excluded.acts, hashes = p.hashes || excluded.hashes;
end
$$;

-- What a person did. Actor, organisation and impersonator come from the signed setting, never from the caller.
create function gate.record(_action text, _entity_type text, _entity_id uuid, _project_id uuid, _changes text,
  _reason text, _result text, _ip text, _ip_index bytea, _ip_net_index bytea, _agent text) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _ctx text[] := gate.context();
  _event audit.event;
begin
  if _ctx is null then
    raise exception 'no context' using errcode = 'insufficient_privilege';
  end if;
  _event := row(coalesce(nullif(_ctx[1], '')::uuid, '00000000-0000-0000-0000-000000000000'), gen_random_uuid(),
    clock_timestamp(), 'act', _action, _entity_type, _entity_id, _project_id,
    nullif(_ctx[2], '')::uuid, _ctx[3], nullif(_ctx[5], '')::uuid, _ctx[4], nullif(_ctx[6], '')::uuid, _result,
    _ip_index, _ip_net_index, ''::bytea, decode(repeat('00', 32), 'hex'));
  -- field → [before, after], each a text or nothing: what canonical bytes are made of
  if octet_length(_changes) > 65536 or jsonb_typeof(_changes::jsonb) <> 'object' or exists (
    select from jsonb_each(_changes::jsonb) c
    where jsonb_typeof(c.value) <> 'array' or jsonb_array_length(c.value) <> 2
      or exists (select from jsonb_array_elements(c.value) v where jsonb_typeof(v) not in ('string', 'null'))
  ) then
    raise exception 'not a list of changes' using errcode = 'invalid_parameter_value';
  end if;
  perform gate.append(_event, _changes, _reason, _ip, _agent);
end
$$;
grant execute on function gate.record(text, text, uuid, uuid, text, text, text, text, bytea, bytea, text)
  to kipimo_tenant, kipimo_identity, kipimo_portal;
grant execute on function gate.seal() to kipimo_owner;

set role kipimo_owner;
create constraint trigger seal after insert on audit.pending
  deferrable initially deferred for each row execute function gate.seal();

-- Every tenant table is watched by the same words; the arguments name columns whose values stay out of the log.
create procedure app.watch(_table regclass, variadic _redacted text[] default '{}')
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
  _args text := (select coalesce(string_agg(quote_literal(r), ', '), '') from unnest(_redacted) r);
begin
  execute format('create trigger watch_insert after insert on %s referencing new table as new_rows
    for each statement execute function gate.capture(%s)', _table, _args);
  execute format('create trigger watch_update after update on %s referencing old table as old_rows new table as new_rows
    for each statement execute function gate.capture(%s)', _table, _args);
  execute format('create trigger watch_delete after delete on %s referencing old table as old_rows
    for each statement execute function gate.capture(%s)', _table, _args);
  if exists (select from pg_attribute where attrelid = _table and attname = 'row_version') then
    execute format('create trigger touch before update on %s for each row execute function app.touch()', _table);
  end if;
end
$$;

reset role;
