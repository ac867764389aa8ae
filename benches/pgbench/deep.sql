-- The rows that the deep table is made of: the figures of a year, and those of every value of three dimensions, behind the door.
\startpipeline
begin read only;
select set_config('role', 'kipimo_tenant', true), set_config('app.ctx', :ctx, true), set_config('app.today', current_date::text, true);
select r.indicator_id, p.name, r.period_start, r.period_end, r.actual, r.num, r.den, r.provisional, r.provisional_num, r.provisional_den, r.target,
  r.self_verified, r.new_data, (select app.today())
from app.period_rollup r
join app.reporting_period p on p.tenant_id = r.tenant_id and p.id = r.period_id
where r.project_id = '0000001e-0000-7000-8000-000000000000' and r.location_id is null and r.period_end <= '2025-12-31'
  and (r.period_start >= '2025-01-01' or (p.kind = 'annual' and r.period_start >= '2016-01-01'))
order by r.period_start;
select indicator_id, dimension_key, code, period_start, period_end, actual, num, den, provisional, provisional_num, provisional_den
from app.period_breakdown
where project_id = '0000001e-0000-7000-8000-000000000000' and location_id is null and period_start >= '2025-01-01' and period_end <= '2025-12-31'
order by period_start;
commit;
\endpipeline
