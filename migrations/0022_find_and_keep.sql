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

drop index audit.event_by_actor;
create index link_by_actor on audit.link (tenant_id, actor_id, seq);
create index link_by_project on audit.link (tenant_id, project_id, seq) where project_id is not null;
-- acts are few among the rows that they change: an import is one act of forty thousand rows
create index link_acts_by_actor on audit.link (tenant_id, actor_id, seq) where act;
create index link_acts_by_project on audit.link (tenant_id, project_id, seq) where act and project_id is not null;
create index link_acts_by_family on audit.link (tenant_id, family, seq) where act;
create index event_by_time on audit.event (tenant_id, at);

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
  if clock_timestamp() > now() + interval '1 hour' then
    raise exception 'a change that lasts longer than an hour is not written' using errcode = 'query_canceled';
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
  insert into audit.link (tenant_id, seq, event_id, act, hash, actor_id, project_id, family)
    select new.tenant_id, _first + t.ord - 1, t.event_id, t.act, t.hash, e.actor_id, e.project_id, split_part(e.action, '.', 1)
    from unnest(_todo.ids, _todo.acts, _made) with ordinality as t(event_id, act, hash, ord)
    cross join lateral (select * from audit.event x where x.tenant_id = new.tenant_id and x.id = t.event_id offset 0) e;
  update audit.head set seq = _seq, hash = _hash where tenant_id = new.tenant_id;
  return null;
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
