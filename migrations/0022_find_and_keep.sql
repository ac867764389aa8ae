-- Finding things, filters of the log that people keep, and what one person or project did in a log of ten million events.
set role kipimo_owner;

-- The log of ten million events by a person, by a project, by a kind of act and by a day: what is rare is not looked for in all of it.
drop index audit.event_by_actor;
create index event_by_actor on audit.event (tenant_id, actor_id, at desc);
create index event_by_project on audit.event (tenant_id, project_id, at desc) where project_id is not null;
create index event_by_family on audit.event (tenant_id, (split_part(action, '.', 1)), at desc) where kind = 'act';
create index event_by_time on audit.event (tenant_id, at);

-- Filters of the log that a person keeps: the query of the page, by a name.
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
