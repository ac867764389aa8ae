-- A project without a figure, into which many are imported: 50 indicators by month; places and periods come with the file.
\set ON_ERROR_STOP on
begin;
set local session_replication_role = replica;
insert into app.project (tenant_id, id, code, title, start_date, end_date, generated_data)
  select tenant_id, bench.id(40, 0), 'bench-bulk', 'Many figures at once', '2015-01-01', '2025-12-31', true from bench.organisation where n = 1;
insert into app.project_member (tenant_id, id, project_id, membership_id, role)
  select o.tenant_id, bench.id(42, 0), bench.id(40, 0), m.id, 'meal_officer'
  from bench.organisation o join app.membership m on m.tenant_id = o.tenant_id
  join bench.person w on w.id = m.user_id and w.who = 'meal' where o.n = 1;
insert into app.indicator (tenant_id, id, project_id, code, title, kind, unit, direction, accumulation, agg_within, agg_locations,
    agg_periods, frequency, sort)
  select tenant_id, bench.id(41, i), bench.id(40, 0), 'bulk_' || i, 'Indicator ' || i || ' of many figures', 'number', 'people', 'increase',
    'non_cumulative', 'sum', 'sum', 'sum', 'monthly', i
  from bench.organisation, generate_series(1, 50) i where n = 1;
commit;
