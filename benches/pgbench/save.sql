-- (c) One value changed, old and new logged in the same transaction: plain tables, one round trip.
\set id random(1, 1000)
\set value random(1, 1000000)
with old as (select id, value from bench.value where id = :id::int for update),
  new as (update bench.value v set value = :value::numeric, row_version = v.row_version + 1 from old where v.id = old.id returning v.id, v.value)
insert into bench.change (value_id, actor, old, new)
  select new.id, :actor::uuid, old.value, new.value from new join old using (id);
