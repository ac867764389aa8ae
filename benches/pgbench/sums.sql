-- (b) The plain sum per indicator and quarter of one project, behind the door.
\set n random(1, 20)
\startpipeline
begin read only;
select set_config('role', 'kipimo_tenant', true), set_config('app.ctx', :ctx, true);
select v.indicator_id, date_trunc('quarter', p.start_date::timestamp) as quarter, sum(v.value), sum(v.num), sum(v.den)
from app.indicator_value v
join app.reporting_period p on p.tenant_id = v.tenant_id and p.id = v.period_id
where v.project_id = ('00000003-0000-7000-8000-' || lpad(to_hex(:n::int), 12, '0'))::uuid and v.status = 'verified' and v.deleted_at is null
group by 1, 2;
commit;
\endpipeline
