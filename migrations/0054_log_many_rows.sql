-- What one statement does to many rows is told in few events: an import of 40,000 figures is 400 of them, each with a hundred rows, instead
-- of 40,000. Nothing is told less of: the bytes hold every row and every column as before, under the row's id, and what was done to one
-- thing is found by `audit.touched`. A statement that changes few rows is told row by row, as ever.
--
-- The bytes of such an event are those of any other, but that `changes` holds one object for each row, by the row's id and in its order,
-- that `entity` is null, and that `v` is `2`. Who proves the log needs to know no more; `kipimo audit verify` also compares `audit.touched`.
set role kipimo_owner;

-- Which events of many rows tell of a thing. Written with the event by the same statement, and never changed.
create table audit.touched (
  tenant_id uuid not null,
  entity_id uuid not null,
  event_id uuid not null,
  primary key (tenant_id, entity_id, event_id)
);
alter table audit.touched enable row level security;
alter table audit.touched force row level security;
create policy t_floor on audit.touched as restrictive for all to public
  using (tenant_id = (select app.tenant())) with check (tenant_id = (select app.tenant()));
create policy t_app on audit.touched for select to kipimo_tenant
  using ((select current_setting('app.ctx', true)) <> '');
call app.keep_to_programmes('audit.touched', 'exists (select from audit.event e where e.tenant_id = touched.tenant_id and e.id = touched.event_id)');
grant select on audit.touched to kipimo_tenant;
grant select, insert on audit.touched to kipimo_gate;
create trigger append_only before update or delete on audit.touched
  for each row execute function audit.refuse_change();
create trigger no_truncate before truncate on audit.touched
  for each statement execute function audit.refuse_change();

-- A hundred rows compress well, and need not take the time that PostgreSQL's older way takes.
do $$
begin
  alter table audit.event alter column canon set compression lz4;
exception when feature_not_supported then
  null;  -- a PostgreSQL that was built without it
end
$$;

set role kipimo_gate;

-- As before; a row that is new or gone in fewer steps where a value needs no escaping.
create or replace function gate.pair(_column name, _type regtype, _op text, _redacted text[]) returns text
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp as $$
  select case
    when _column = any (_redacted) then format('case when %s then %L end', telling, key || ':["(changed)","(changed)"]')
    when _op = 'insert' and plain then format('%L || n.%I::text || ''"]''', key || ':[null,"', _column)
    when _op = 'insert' then format('%L || %s || '']''', key || ':[null,', after)
    when _op = 'delete' then format('%L || %s || '',null]''', key || ':[', before)
    else format('case when %s then %L || coalesce(%s, ''null'') || '','' || coalesce(%s, ''null'') || '']'' end', telling, key || ':[', before, after)
  end
  from (select to_json(_column::text)::text as key,
    _type in ('uuid'::regtype, 'boolean'::regtype, 'smallint'::regtype, 'integer'::regtype, 'bigint'::regtype, 'numeric'::regtype) as plain,
    gate.quoted(format('o.%I', _column), _type) as before,
    gate.quoted(format('n.%I', _column), _type) as after,
    case _op
      when 'insert' then format('n.%I is not null', _column)
      when 'delete' then format('o.%I is not null', _column)
      when 'update' then format('(to_jsonb(n.%I) #>> ''{}'') is distinct from (to_jsonb(o.%I) #>> ''{}'')', _column, _column)
    end as telling) as said
$$;

-- What is told of one row of an operation on a table: its side (o or n), its id, its project, and the pairs of its columns.
create function gate.told(_table regclass, _op text, _redacted text[],
  out side text, out entity text, out project text, out pairs text, out source text) returns record
language sql stable
set search_path = pg_catalog, pg_temp as $$
  select t.side,
    case when 'id' = any (t.columns) then t.side || '.id' else 'null::uuid' end,
    case when t.relname = 'project' then t.side || '.id' when 'project_id' = any (t.columns) then t.side || '.project_id' else 'null::uuid' end,
    coalesce(t.pairs, 'null'),
    case _op when 'insert' then 'new_rows n' when 'delete' then 'old_rows o'
      else 'old_rows o join new_rows n on n.tenant_id = o.tenant_id and n.id = o.id' end
  from (
    select c.relname, case _op when 'delete' then 'o' else 'n' end as side, array_agg(a.attname::text) as columns,
      string_agg(gate.pair(a.attname, a.atttypid::regtype, _op, _redacted), E',\n                ' order by a.attname::text collate "C")
        filter (where a.attname <> all (array['tenant_id', 'id', 'created_at', 'created_by', 'updated_at', 'updated_by', 'row_version'])) as pairs
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.oid = _table
    group by c.relname
  ) as t
$$;

-- The statement that writes what is told: `_rows` is a query of it, `_beside` one more step that reads `told`.
create function gate.writing(_rows text, _beside text) returns text
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp as $$
  select format(
    $f$with told as materialized (
        select c.tenant_id, c.event_id, c.happened, c.entity_id, c.project_id, c.ids, convert_to(
          _head || (extract(epoch from c.happened) * 1000000)::bigint || '","changes":{' || c.changes || '},"entity":'
          || coalesce('"' || c.entity_id || '"', 'null') || _middle || c.event_id || _tail || coalesce('"' || c.project_id || '"', 'null')
          || _foot || c.tenant_id || '","v":"' || c.v || '"}', 'UTF8') as canon
        from (
          %s
        ) as c
      ), made as (
        insert into audit.event (tenant_id, id, at, kind, action, entity_type, entity_id, project_id, actor_id, actor_kind, impersonator_id,
          session_kind, request_id, result, canon, content_hash)
        select e.tenant_id, e.event_id, e.happened, 'row', _action, _table, e.entity_id, e.project_id, _actor, _actor_kind, _impersonator,
          _session_kind, _request, 'ok', e.canon, sha256(e.canon)
        from told e
        returning tenant_id, id, content_hash, actor_id, project_id
      )%s
      insert into audit.pending as p (tenant_id, xid, ids, acts, hashes, actors, projects, families)
        select tenant_id, pg_current_xact_id(), array_agg(id), array_agg(false), array_agg(content_hash), array_agg(actor_id),
          array_agg(project_id), array_agg(_table) from made group by tenant_id
        on conflict (tenant_id, xid)
        do update set ids = p.ids || excluded.ids, acts = p.acts || excluded.acts, hashes = p.hashes || excluded.hashes,
          actors = p.actors || excluded.actors, projects = p.projects || excluded.projects, families = p.families || excluded.families;$f$,
    _rows, _beside)
$$;

-- What writes the events of one operation on a table: of few rows one each; of more than fifty, a hundred in one. Rows without an id of
-- their own are told one by one. What all of them share stands in variables of the function around it.
create or replace function gate.capture_statement(_table regclass, _op text, _redacted text[]) returns text
language sql stable
set search_path = pg_catalog, pg_temp as $$
  select case when entity = 'null::uuid' then one_by_one else format(
    $f$if exists (select from %s offset 50) then
        %s
      else
        %s
      end if;$f$,
    case _op when 'delete' then 'old_rows' else 'new_rows' end, together, one_by_one) end
  from (
    select t.entity,
      gate.writing(format(
        $f$select %1$s.tenant_id, gen_random_uuid() as event_id, clock_timestamp() as happened, %2$s as entity_id, %3$s as project_id,
            null::uuid[] as ids, concat_ws(',', %4$s) as changes, 1 as v
          from %5$s$f$, t.side, t.entity, t.project, t.pairs, t.source), '') as one_by_one,
      gate.writing(format(
        $f$select r.tenant_id, gen_random_uuid() as event_id, clock_timestamp() as happened, null::uuid as entity_id, r.project_id,
            array_agg(r.entity_id) as ids, string_agg('"' || r.entity_id || '":{' || r.changes || '}', ',' order by r.entity_id) as changes, 2 as v
          from (
            select %1$s.tenant_id, %2$s as entity_id, %3$s as project_id,
              (row_number() over (partition by %1$s.tenant_id, %3$s order by %2$s) - 1) / 100 as part, concat_ws(',', %4$s) as changes
            from %5$s
          ) as r
          group by r.tenant_id, r.project_id, r.part$f$, t.side, t.entity, t.project, t.pairs, t.source),
        $f$, found as (
        insert into audit.touched (tenant_id, entity_id, event_id) select tenant_id, unnest(ids), event_id from told
      )$f$) as together
    from gate.told(_table, _op, _redacted) t
  ) as ways
$$;

set role kipimo_owner;
call app.watch_again(true);
reset role;
