-- A deep tracking table: 200 indicators × 12 months, each broken down by sex, age and disability at once (2 × 4 × 2 cells), with the rows that
-- are derived from them, as the server derives them: a figure a period, and one for each value of each dimension.
\set ON_ERROR_STOP on
begin;
set local session_replication_role = replica;

create temp table deep on commit drop as select tenant_id, bench.id(30, 0) as project_id from bench.organisation where n = 1;
insert into app.project (tenant_id, id, code, title, start_date, end_date, generated_data)
  select tenant_id, project_id, 'bench-deep', 'A deep tracking table', '2025-01-01', '2025-12-31', true from deep;
insert into app.project_member (tenant_id, id, project_id, membership_id, role)
  select d.tenant_id, bench.id(36, 0), d.project_id, m.id, 'meal_officer'
  from deep d join app.membership m on m.tenant_id = d.tenant_id join bench.person w on w.id = m.user_id and w.who = 'meal';

create temp table dimension on commit drop as
  select * from (values (1, 'bench_age', 'Age', 4), (2, 'bench_disability', 'Disability', 2), (3, 'bench_sex', 'Sex', 2)) d(n, key, name, size);
insert into app.dimension (tenant_id, id, key, name, kind)
  select tenant_id, bench.id(33, n), key, jsonb_build_object('en', name), 'exclusive_exhaustive' from deep, dimension;
insert into app.dimension_value (tenant_id, id, dimension_id, code, label, sort)
  select tenant_id, bench.id(34, n * 10 + v), bench.id(33, n), 'v' || v, jsonb_build_object('en', name || ' ' || v), v
  from deep, dimension, generate_series(1, size) v;

insert into app.indicator (tenant_id, id, project_id, code, title, kind, unit, direction, accumulation, agg_within, agg_locations,
    agg_periods, baseline_value, frequency, sort)
  select tenant_id, bench.id(31, i), project_id, 'deep_' || i, 'Indicator ' || i || ' of the deep table', 'number', 'people', 'increase',
    'non_cumulative', 'sum', 'sum', 'sum', 0, 'monthly', i
  from deep, generate_series(1, 200) i;
insert into app.disaggregation (tenant_id, id, project_id, indicator_id, valid_from, first_id, second_id, third_id)
  select tenant_id, bench.id(35, i), project_id, bench.id(31, i), '2025-01-01', bench.id(33, 1), bench.id(33, 2), bench.id(33, 3)
  from deep, generate_series(1, 200) i;
insert into app.reporting_period (tenant_id, id, project_id, kind, name, start_date, end_date)
  select d.tenant_id, bench.id(32, m), d.project_id, 'monthly', to_char(first, 'YYYY-MM'), first, last
  from deep d, bench.period p where p.project = 1 and p.m > 12;

create temp table cell on commit drop as
  select i, p.m, p.first, p.last, a, b, s, 20 + (i * 7 + p.m * 3 + a * 5 + b * 2 + s) % 30 as part
  from generate_series(1, 200) i, generate_series(1, 4) a, generate_series(1, 2) b, generate_series(1, 2) s, bench.period p
  where p.project = 1 and p.m > 12;
create temp table figure on commit drop as
  select i, m, first, last, sum(part) as whole,
    jsonb_object_agg(format('bench_age=v%s|bench_disability=v%s|bench_sex=v%s', a, b, s), part::text) as cells
  from cell group by i, m, first, last;
insert into app.indicator_value (tenant_id, id, project_id, indicator_id, period_id, value, cells, status, submitted_by, submitted_at,
    verified_by, verified_at, created_by)
  select d.tenant_id, bench.id(38, i * 100 + m), d.project_id, bench.id(31, i), bench.id(32, m), whole, cells, 'verified', field.id, now(),
    meal.id, now(), field.id
  from deep d, figure, bench.person field, bench.person meal where field.who = 'field' and meal.who = 'meal';
insert into app.target (tenant_id, id, project_id, indicator_id, period_id, value)
  select tenant_id, bench.id(37, i * 100 + m), project_id, bench.id(31, i), bench.id(32, m), 600 from deep, figure;
insert into app.period_rollup (tenant_id, project_id, indicator_id, period_id, period_start, period_end, actual, provisional, target,
    achievement, locations, new_data, inputs_hash)
  select tenant_id, project_id, bench.id(31, i), bench.id(32, m), first, last, whole, whole, 600, whole / 6.0, 1, true, sha256('generated')
  from deep, figure;
insert into app.period_breakdown (tenant_id, project_id, indicator_id, period_id, dimension_key, code, period_start, period_end, actual, provisional)
  select tenant_id, project_id, bench.id(31, i), bench.id(32, m), key, code, first, last, part, part
  from deep, (
    select i, m, first, last, 'bench_age' as key, 'v' || a as code, sum(part) as part from cell group by i, m, first, last, a
    union all select i, m, first, last, 'bench_disability', 'v' || b, sum(part) from cell group by i, m, first, last, b
    union all select i, m, first, last, 'bench_sex', 'v' || s, sum(part) from cell group by i, m, first, last, s
  ) groups;
commit;
vacuum (analyze) app.indicator, app.indicator_value, app.period_rollup, app.period_breakdown;
