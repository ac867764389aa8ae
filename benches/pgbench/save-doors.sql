-- (c) One draft changed behind the door, watched, recorded and sealed as the server does it: what the database takes for it.
\set n random(1, 20)
\set i random(1, 5) * 5 - 4
\set m random(23, 24)
\set value random(1, 1000000)
\startpipeline
begin;
select set_config('synchronous_commit', 'off', true), set_config('role', 'kipimo_tenant', true), set_config('app.ctx', :ctx, true);
update app.indicator_value set value = :value::numeric
where indicator_id = ('00000006-0000-7000-8000-' || lpad(to_hex(:n * 1000 + :i), 12, '0'))::uuid
  and period_id = ('00000007-0000-7000-8000-' || lpad(to_hex(:n * 100 + :m), 12, '0'))::uuid
  and location_id is null and deleted_at is null and status in ('draft', 'returned');
select gate.record('value.saved', 'reporting_period', ('00000007-0000-7000-8000-' || lpad(to_hex(:n * 100 + :m), 12, '0'))::uuid,
  ('00000003-0000-7000-8000-' || lpad(to_hex(:n::int), 12, '0'))::uuid, '{"values":[null,"1"]}', null, 'ok', null, null, null, null);
commit;
select set_config('role', 'kipimo_app', false);
select gate.flush();
\endpipeline
