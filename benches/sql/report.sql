-- What a report of a project tells beside its figures: ten lessons, and a budget of fifteen lines over the four quarters of 2025.
-- Variables: project, and a number that no other project has.
\set ON_ERROR_STOP on
begin;
set local session_replication_role = replica;
create temp table told on commit drop as select tenant_id, id from app.project where id = :'project';
update app.indicator i set definition = 'People who fetch water that is tested as safe, from a point within half an hour on foot, counted once a year.'
  from told where i.tenant_id = told.tenant_id and i.project_id = told.id;
insert into app.learning_entry (tenant_id, id, project_id, kind, on_day, what_happened, why, implication, shared)
  select tenant_id, bench.id(19, :number * 100 + n), id, 'lesson', date '2025-01-15' + n * 30,
    'Lesson ' || n || ': committees that meet before the rains repair their pumps within a week.',
    'Spare parts were at hand in ' || n || ' of the villages.', 'Parts are ordered in the month before the rains from now on.', true
  from told, generate_series(1, 10) n;
insert into app.budget_line (tenant_id, id, project_id, code, name)
  select tenant_id, bench.id(20, :number * 100 + n), id, 'B' || n, 'Materials and transport for outcome ' || n from told, generate_series(1, 15) n;
insert into app.budget_amount (tenant_id, id, project_id, line_id, quarter, planned, spent)
  select tenant_id, bench.id(21, :number * 1000 + n * 10 + q), id, bench.id(20, :number * 100 + n),
    (date '2025-01-01' + q * interval '3 months')::date, 1000 + n * 137, 900 + n * 141 + q * 17
  from told, generate_series(1, 15) n, generate_series(0, 3) q;
commit;
