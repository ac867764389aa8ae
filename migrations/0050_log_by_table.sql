-- The log's trigger is written for each table: one statement that names its columns, instead of one that takes every row
-- apart as JSON. The bytes are the same to the letter; an import of 40,000 values is logged in a quarter of the time.
--
-- Such a function knows the columns of its day. `call app.watch_again()` writes those anew whose table has changed: every run of
-- the migrations ends with it, and the server refuses to start where one does not know its table's columns (server/src/db/check.rs).
-- A migration that changes how they are written calls `app.watch_again(true)`.
set role kipimo_gate;

-- The text of a column's value as to_jsonb() would give it, quoted as JSON. Ids, numbers and booleans need no escaping; days and
-- points in time are written the same by both, however the session shows them.
create function gate.quoted(_value text, _type regtype) returns text
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp as $$
  select case
    when _type in ('uuid'::regtype, 'boolean'::regtype, 'smallint'::regtype, 'integer'::regtype, 'bigint'::regtype, 'numeric'::regtype)
      then format('''"'' || %s::text || ''"''', _value)
    when _type in ('text'::regtype, 'varchar'::regtype, 'date'::regtype, 'timestamptz'::regtype) then format('to_json(%s)::text', _value)
    when _type = 'jsonb'::regtype then format('to_json(%s #>> ''{}'')::text', _value)
    else format('to_json(to_jsonb(%s) #>> ''{}'')::text', _value)
  end
$$;

-- The expression of `"column":[before,after]` of one column, null where there is nothing to say.
create function gate.pair(_column name, _type regtype, _op text, _redacted text[]) returns text
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp as $$
  select case
    when _column = any (_redacted) then format('case when %s then %L end', telling, key || ':["(changed)","(changed)"]')
    when _op = 'insert' then format('%L || %s || '']''', key || ':[null,', after)
    when _op = 'delete' then format('%L || %s || '',null]''', key || ':[', before)
    else format('case when %s then %L || coalesce(%s, ''null'') || '','' || coalesce(%s, ''null'') || '']'' end', telling, key || ':[', before, after)
  end
  from (select to_json(_column::text)::text as key,
    gate.quoted(format('o.%I', _column), _type) as before,
    gate.quoted(format('n.%I', _column), _type) as after,
    case _op
      when 'insert' then format('n.%I is not null', _column)
      when 'delete' then format('o.%I is not null', _column)
      when 'update' then format('(to_jsonb(n.%I) #>> ''{}'') is distinct from (to_jsonb(o.%I) #>> ''{}'')', _column, _column)
    end as telling) as said
$$;

-- The statement that writes the events of one operation on a table. What all its rows share stands in variables.
create function gate.capture_statement(_table regclass, _op text, _redacted text[]) returns text
language sql stable
set search_path = pg_catalog, pg_temp as $$
  select format(
    $f$with made as (
        insert into audit.event (tenant_id, id, at, kind, action, entity_type, entity_id, project_id, actor_id, actor_kind, impersonator_id,
          session_kind, request_id, result, canon, content_hash)
        select e.tenant_id, e.event_id, e.happened, 'row', _action, _table, e.entity_id, e.project_id, _actor, _actor_kind, _impersonator,
          _session_kind, _request, 'ok', e.canon, sha256(e.canon)
        from (
          select c.tenant_id, c.event_id, c.happened, c.entity_id, c.project_id, convert_to(
            _head || (extract(epoch from c.happened) * 1000000)::bigint || '","changes":{' || c.changes || '},"entity":'
            || coalesce('"' || c.entity_id || '"', 'null') || _middle || c.event_id || _tail || coalesce('"' || c.project_id || '"', 'null')
            || _foot || c.tenant_id || '","v":"1"}', 'UTF8') as canon
          from (
            select %1$s.tenant_id, gen_random_uuid() as event_id, clock_timestamp() as happened, %2$s as entity_id, %3$s as project_id,
              concat_ws(',', %4$s) as changes
            from %5$s
          ) as c
          offset 0
        ) as e
        returning tenant_id, id, content_hash, actor_id, project_id
      )
      insert into audit.pending as p (tenant_id, xid, ids, acts, hashes, actors, projects, families)
        select tenant_id, pg_current_xact_id(), array_agg(id), array_agg(false), array_agg(content_hash), array_agg(actor_id),
          array_agg(project_id), array_agg(_table) from made group by tenant_id
        on conflict (tenant_id, xid)
        do update set ids = p.ids || excluded.ids, acts = p.acts || excluded.acts, hashes = p.hashes || excluded.hashes,
          actors = p.actors || excluded.actors, projects = p.projects || excluded.projects, families = p.families || excluded.families;$f$,
    side,
    case when 'id' = any (columns) then side || '.id' else 'null::uuid' end,
    case when relname = 'project' then side || '.id' when 'project_id' = any (columns) then side || '.project_id' else 'null::uuid' end,
    coalesce(pairs, 'null'),
    case _op when 'insert' then 'new_rows n' when 'delete' then 'old_rows o'
      else 'old_rows o join new_rows n on n.tenant_id = o.tenant_id and n.id = o.id' end)
  from (
    select c.relname, case _op when 'delete' then 'o' else 'n' end as side, array_agg(a.attname::text) as columns,
      string_agg(gate.pair(a.attname, a.atttypid::regtype, _op, _redacted), E',\n                ' order by a.attname::text collate "C")
        filter (where a.attname <> all (array['tenant_id', 'id', 'created_at', 'created_by', 'updated_at', 'updated_by', 'row_version'])) as pairs
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.oid = _table
    group by c.relname
  ) as told
$$;

-- The columns of a table, in order: what a function is written for, kept as its comment.
create function gate.columns_of(_table regclass) returns text
language sql stable
set search_path = pg_catalog, pg_temp as $$
  select string_agg(format('%I %s', attname, atttypid::regtype), ', ' order by attnum)
  from pg_attribute where attrelid = _table and attnum > 0 and not attisdropped
$$;

-- Writes the function of a table.
create procedure gate.write_capture(_table regclass, _redacted text[])
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
  _name text := (select 'capture_' || relname from pg_class where oid = _table);
begin
  execute format($f$create or replace function gate.%1$I() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $capture$
declare
  _ctx text[] := gate.context();
  _table constant text := %2$L;
  _action constant text := _table || '.' || lower(tg_op);
  _actor constant uuid := nullif(_ctx[2], '')::uuid;
  _actor_kind constant text := coalesce(nullif(_ctx[3], ''), 'system');
  _session_kind constant text := coalesce(nullif(_ctx[4], ''), 'system');
  _impersonator constant uuid := nullif(_ctx[5], '')::uuid;
  _request constant uuid := nullif(_ctx[6], '')::uuid;
  -- RFC 8785: keys in code-point order; what gate.canonical() says of an act
  _head constant text := '{"action":' || to_json(_action)::text || ',"actor":' || coalesce('"' || _actor || '"', 'null')
    || ',"actor_kind":"' || _actor_kind || '","agent":null,"at":"';
  _middle constant text := ',"entity_type":' || to_json(_table)::text || ',"id":"';
  _tail constant text := '","impersonator":' || coalesce('"' || _impersonator || '"', 'null')
    || ',"ip":null,"ip_index":null,"ip_net_index":null,"kind":"row","project":';
  _foot constant text := ',"reason":null,"request":' || coalesce('"' || _request || '"', 'null')
    || ',"result":"ok","session_kind":"' || _session_kind || '","tenant":"';
begin
  if tg_op = 'INSERT' then
      %3$s
  elsif tg_op = 'UPDATE' then
      %4$s
  else
      %5$s
  end if;
  return null;
end
$capture$;$f$,
    _name, (select relname from pg_class where oid = _table), gate.capture_statement(_table, 'insert', _redacted),
    gate.capture_statement(_table, 'update', _redacted), gate.capture_statement(_table, 'delete', _redacted));
  execute format('comment on function gate.%I() is %L', _name, gate.columns_of(_table));
  execute format('grant execute on function gate.%I() to kipimo_owner', _name);
end
$$;
grant execute on procedure gate.write_capture(regclass, text[]) to kipimo_owner;
grant execute on function gate.columns_of(regclass) to kipimo_owner, kipimo_app;

set role kipimo_owner;

create function app.keep_key() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  if (new.tenant_id, new.id) is distinct from (old.tenant_id, old.id) then
    raise exception 'a row keeps its key' using errcode = 'insufficient_privilege';
  end if;
  return new;
end
$$;

-- Every tenant table is watched by the same words; the arguments name columns whose values stay out of the log.
create or replace procedure app.watch(_table regclass, variadic _redacted text[] default '{}')
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
  _args text := (select coalesce(string_agg(quote_literal(r), ', '), '') from unnest(_redacted) r);
  _function text := (select 'gate.' || quote_ident('capture_' || relname) from pg_class where oid = _table);
begin
  -- the function belongs to the gate, which alone may write the log
  set local role kipimo_gate;
  call gate.write_capture(_table, _redacted);
  set local role kipimo_owner;
  execute format('create or replace trigger watch_insert after insert on %s referencing new table as new_rows
    for each statement execute function %s(%s)', _table, _function, _args);
  execute format('create or replace trigger watch_update after update on %s referencing old table as old_rows new table as new_rows
    for each statement execute function %s(%s)', _table, _function, _args);
  execute format('create or replace trigger watch_delete after delete on %s referencing old table as old_rows
    for each statement execute function %s(%s)', _table, _function, _args);
  -- old and new are told together by their key, which therefore stays
  execute format('create or replace trigger keep_key before update of %s on %s for each row execute function app.keep_key()',
    (select string_agg(attname, ', ') from pg_attribute where attrelid = _table and attname in ('tenant_id', 'id') and attgenerated = ''), _table);
  if exists (select from pg_attribute where attrelid = _table and attname = 'row_version') then
    execute format('create or replace trigger touch before update on %s for each row execute function app.touch()', _table);
  end if;
end
$$;

-- Writes anew the functions of watched tables whose columns have changed, or of all.
create procedure app.watch_again(_all boolean default false)
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
  _watched record;
begin
  for _watched in
    select tgrelid::regclass as "table", array_remove(string_to_array(encode(tgargs, 'escape'), '\000'), '') as redacted
    from pg_trigger where tgname = 'watch_insert' and (_all or obj_description(tgfoid) is distinct from gate.columns_of(tgrelid))
    order by tgrelid
  loop
    call app.watch(_watched."table", variadic _watched.redacted);
  end loop;
end
$$;
call app.watch_again(true);

drop function gate.capture();
drop function gate.row_event(text, text, text[], jsonb, jsonb, text[]);
drop function gate.row_changes(jsonb, jsonb, text[]);

reset role;
