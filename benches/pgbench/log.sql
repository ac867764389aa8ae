-- (e) 25 acts of the organisation's log with names, behind the door; found as the server finds them.
\startpipeline
begin read only;
select set_config('role', 'kipimo_tenant', true), set_config('app.ctx', :ctx, true);
select e.seq, e.at, e.kind, e.action, e.entity_type, e.entity_id, e.actor_kind, e.actor_id, who.name, e.impersonator_id, e.result, p.code
from (
  select k.tenant_id, k.seq, v.at, v.kind, v.action, v.entity_type, v.entity_id, v.actor_kind, v.actor_id, v.impersonator_id, v.result,
    v.project_id
  from audit.link k
  cross join lateral (select * from audit.event x where x.tenant_id = k.tenant_id and x.id = k.event_id offset 0) v
  where k.act
  order by k.seq desc limit 25
) e
left join gate.people() who on who.id = e.actor_id
left join app.project p on p.tenant_id = e.tenant_id and p.id = e.project_id
order by e.seq desc;
commit;
\endpipeline
