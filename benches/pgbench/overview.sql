-- (a) The indicators of a project with their latest figures, behind the door: one round trip, one transaction.
\set n random(1, 20)
\startpipeline
begin read only;
select set_config('role', 'kipimo_tenant', true), set_config('app.ctx', :ctx, true);
select i.id, p.name, l.period_end, l.actual, l.provisional, l.target, l.achievement
from app.indicator i
cross join lateral (
  select r.period_id, r.period_end, r.actual, r.provisional, r.target, r.achievement
  from app.period_rollup r
  where r.tenant_id = i.tenant_id and r.indicator_id = i.id and r.location_id is null and r.provisional is not null
  order by r.period_end desc limit 1
) l
join app.reporting_period p on p.tenant_id = i.tenant_id and p.id = l.period_id
where i.project_id = ('00000003-0000-7000-8000-' || lpad(to_hex(:n::int), 12, '0'))::uuid and i.deleted_at is null and i.status = 'active';
commit;
\endpipeline
