-- (d) A link opened: found by its public id, its secret compared, visit and opening written. Plain tables, one round trip.
\set n random(1, 2000)
with link as (
    select id from bench.link where public_id = 'bench' || lpad(:n::text, 11, '0') and secret_hash = sha256(convert_to('secret of ' || :n::text, 'UTF8')) for update
  ), visit as (
    insert into bench.visit (id, link_id, secret_hash, expires_at)
    select gen_random_uuid(), id, sha256(uuid_send(gen_random_uuid())), now() + interval '8 hours' from link
  )
insert into bench.opening (id, link_id, outcome) select gen_random_uuid(), id, 'ok' from link;
