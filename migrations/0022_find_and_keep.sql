-- Finding things, filters of the log that people keep, and what one person or project did in a log of ten million events.
set role kipimo_owner;

-- The log of ten million events by a person, by a project, by a kind of act and by a day. What a link is looked for by stands in it, so
-- that every page is in the order of the chain, and what is rare is not looked for in all of it. The chain is proven with these columns:
-- `kipimo audit verify` compares them with the event.
alter table audit.link add column actor_id uuid, add column project_id uuid, add column family text;
alter table audit.link no force row level security;
alter table audit.event no force row level security;
alter table audit.link disable trigger append_only;
update audit.link k set actor_id = e.actor_id, project_id = e.project_id, family = split_part(e.action, '.', 1)
  from audit.event e where e.tenant_id = k.tenant_id and e.id = k.event_id;
alter table audit.link enable trigger append_only;
alter table audit.link force row level security;
alter table audit.event force row level security;
alter table audit.link alter column family set not null;
alter table audit.pending add column actors uuid[] not null, add column projects uuid[] not null, add column families text[] not null;

drop index audit.event_by_actor;
create index link_by_actor on audit.link (tenant_id, actor_id, seq);
create index link_by_project on audit.link (tenant_id, project_id, seq) where project_id is not null;
-- acts are few among the rows that they change: an import is one act of forty thousand rows
create index link_acts_by_actor on audit.link (tenant_id, actor_id, seq) where act;
create index link_acts_by_project on audit.link (tenant_id, project_id, seq) where act and project_id is not null;
create index link_acts_by_family on audit.link (tenant_id, family, seq) where act;
create index link_acts_by_actor_and_family on audit.link (tenant_id, actor_id, family, seq) where act;
create index link_acts_by_project_and_family on audit.link (tenant_id, project_id, family, seq) where act and project_id is not null;
-- of acts alone: days are told by them, and no event is looked for in it by mistake
create index event_acts_by_time on audit.event (tenant_id, at) where kind = 'act';

set role kipimo_gate;
-- As before, with what a link is looked for by. And no change takes longer than an hour: of a day's events none has a place in the chain
-- that is further from the day than that, which is how pages find it.
create or replace function gate.seal() returns trigger
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
  if clock_timestamp() > now() + interval '1 hour' then
    raise exception 'a change that lasts longer than an hour is not written' using errcode = 'query_canceled';
  end if;
  _first := _seq + 1;
  foreach _content in array _todo.hashes loop
    _seq := _seq + 1;
    _hash := sha256(_hash || int8send(_seq) || _content);
    _made := _made || _hash;
  end loop;
  insert into audit.link (tenant_id, seq, event_id, act, hash, actor_id, project_id, family)
    select new.tenant_id, _first + t.ord - 1, t.event_id, t.act, t.hash, t.actor_id, t.project_id, t.family
    from unnest(_todo.ids, _todo.acts, _made, _todo.actors, _todo.projects, _todo.families) with ordinality
      as t(event_id, act, hash, actor_id, project_id, family, ord);
  update audit.head set seq = _seq, hash = _hash where tenant_id = new.tenant_id;
  return null;
end
$$;

-- The changed rows and the acts of a change, as before, with what a link is looked for by.
create or replace function gate.capture() returns trigger
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
      returning tenant_id, id, content_hash, actor_id, project_id, action
    )
    insert into audit.pending as p (tenant_id, xid, ids, acts, hashes, actors, projects, families)
      select tenant_id, pg_current_xact_id(), array_agg(id), array_agg(false), array_agg(content_hash), array_agg(actor_id), array_agg(project_id),
        array_agg(split_part(action, '.', 1)) from made group by tenant_id
      on conflict (tenant_id, xid)
      do update set ids = p.ids || excluded.ids, acts = p.acts || excluded.acts, hashes = p.hashes || excluded.hashes,
        actors = p.actors || excluded.actors, projects = p.projects || excluded.projects, families = p.families || excluded.families;
  elsif tg_op = 'DELETE' then
    with made as (
      insert into audit.event
      select e.* from old_rows o
      cross join lateral gate.row_event(tg_table_name, tg_op, _ctx, to_jsonb(o), null, _redacted) e
      returning tenant_id, id, content_hash, actor_id, project_id, action
    )
    insert into audit.pending as p (tenant_id, xid, ids, acts, hashes, actors, projects, families)
      select tenant_id, pg_current_xact_id(), array_agg(id), array_agg(false), array_agg(content_hash), array_agg(actor_id), array_agg(project_id),
        array_agg(split_part(action, '.', 1)) from made group by tenant_id
      on conflict (tenant_id, xid)
      do update set ids = p.ids || excluded.ids, acts = p.acts || excluded.acts, hashes = p.hashes || excluded.hashes,
        actors = p.actors || excluded.actors, projects = p.projects || excluded.projects, families = p.families || excluded.families;
  else
    with made as (
      insert into audit.event
      select e.* from old_rows o join new_rows n on n.tenant_id = o.tenant_id and n.id = o.id
      cross join lateral gate.row_event(tg_table_name, tg_op, _ctx, to_jsonb(o), to_jsonb(n), _redacted) e
      returning tenant_id, id, content_hash, actor_id, project_id, action
    )
    insert into audit.pending as p (tenant_id, xid, ids, acts, hashes, actors, projects, families)
      select tenant_id, pg_current_xact_id(), array_agg(id), array_agg(false), array_agg(content_hash), array_agg(actor_id), array_agg(project_id),
        array_agg(split_part(action, '.', 1)) from made group by tenant_id
      on conflict (tenant_id, xid)
      do update set ids = p.ids || excluded.ids, acts = p.acts || excluded.acts, hashes = p.hashes || excluded.hashes,
        actors = p.actors || excluded.actors, projects = p.projects || excluded.projects, families = p.families || excluded.families;
  end if;
  return null;
end
$$;

create or replace function gate.append(_event audit.event, _changes text, _reason text, _ip text, _agent text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  _event.canon := gate.canonical(_event, _changes, _reason, _ip, _agent);
  _event.content_hash := sha256(_event.canon);
  insert into audit.event select _event.*;
  insert into audit.pending as p (tenant_id, xid, ids, acts, hashes, actors, projects, families)
    values (_event.tenant_id, pg_current_xact_id(), array[_event.id], array[_event.kind = 'act'], array[_event.content_hash],
      array[_event.actor_id], array[_event.project_id], array[split_part(_event.action, '.', 1)])
    on conflict (tenant_id, xid)
    do update set ids = p.ids || excluded.ids, acts = p.acts || excluded.acts, hashes = p.hashes || excluded.hashes,
      actors = p.actors || excluded.actors, projects = p.projects || excluded.projects, families = p.families || excluded.families;
end
$$;

-- The names of people who operate the platform, where they are in this organisation's log: who looked in is no stranger to it.
create function gate.operators_named(_ids uuid[]) returns table (id uuid, name text)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _tenant uuid := app.tenant();
begin
  return query select u.id, u.name from auth.user_account u
    where u.id = any (_ids) and u.is_super_admin
      and exists (select from audit.link k where k.tenant_id = _tenant and k.actor_id = u.id);
end
$$;
grant execute on function gate.operators_named(uuid[]) to kipimo_tenant;

set role kipimo_owner;
-- Filters of the log that a person keeps: the query of the page, by a name.
-- a place that is none is no place: without it a limited assignment would read as one of all places
alter table app.project_member add constraint project_member_location_ids_check check (array_position(location_ids, null) is null);

create table app.saved_filter (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  user_id uuid not null default app.actor(),
  name text not null check (length(name) between 1 and 80),
  query text not null check (length(query) between 1 and 500),
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  primary key (tenant_id, id),
  unique (tenant_id, user_id, name),
  foreign key (tenant_id, user_id) references app.membership (tenant_id, user_id)
);
call app.protect('app.saved_filter');
call app.watch('app.saved_filter', 'name', 'query');
create policy own_filter on app.saved_filter as restrictive for all to kipimo_tenant
  using (user_id = (select app.actor())) with check (user_id = (select app.actor()));
grant select, insert, delete on app.saved_filter to kipimo_tenant;

grant select on app.project, app.indicator, app.report to kipimo_gate;

set role kipimo_gate;
-- What a text is part of: projects, indicators, reports and people of this organisation, as far as the server says that the person sees
-- them: these projects (all where none is named), and people or not. Where a name begins with the text comes first.
create function gate.search(_text text, _projects uuid[], _people boolean, _limit int)
returns table (kind text, id uuid, title text, code text, project_code text, project_title text)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _tenant uuid := app.tenant();
  _t text := lower(_text);
begin
  return query
    select f.kind, f.id, f.title, f.code, f.project_code, f.project_title from (
      (select 'project' as kind, p.id, p.title, p.code, p.code as project_code, p.title as project_title,
          least(nullif(strpos(lower(p.title), _t), 0), nullif(strpos(lower(p.code), _t), 0)) as place
        from app.project p
        where p.tenant_id = _tenant and p.deleted_at is null and (_projects is null or p.id = any (_projects))
          and strpos(lower(p.title) || ' ' || lower(p.code), _t) > 0
        order by place, p.title limit _limit)
      union all
      (select 'indicator', i.id, i.title, i.code, p.code, p.title,
          least(nullif(strpos(lower(i.title), _t), 0), nullif(strpos(lower(i.code), _t), 0)) as place
        from app.indicator i join app.project p on p.tenant_id = i.tenant_id and p.id = i.project_id and p.deleted_at is null
        where i.tenant_id = _tenant and i.deleted_at is null and i.status = 'active' and (_projects is null or i.project_id = any (_projects))
          and strpos(lower(i.title) || ' ' || lower(i.code), _t) > 0
        order by place, i.title limit _limit)
      union all
      (select 'report', r.id, r.title, null, p.code, p.title, nullif(strpos(lower(r.title), _t), 0) as place
        from app.report r join app.project p on p.tenant_id = r.tenant_id and p.id = r.project_id and p.deleted_at is null
        where r.tenant_id = _tenant and r.deleted_at is null and (_projects is null or r.project_id = any (_projects))
          and strpos(lower(r.title), _t) > 0
        order by place, r.title limit _limit)
      union all
      (select 'person', m.id, u.name, null, null, null, nullif(strpos(lower(u.name), _t), 0) as place
        from app.membership m join auth.user_account u on u.id = m.user_id
        where _people and m.tenant_id = _tenant and m.accepted_at is not null and m.revoked_at is null and strpos(lower(u.name), _t) > 0
        order by place, u.name limit _limit)
    ) f order by f.place, f.title, f.id;
end
$$;
grant execute on function gate.search(text, uuid[], boolean, int) to kipimo_tenant;

reset role;
