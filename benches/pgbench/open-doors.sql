-- (d) A link opened by what the server itself runs: found, written down, told to the organisation's log, sealed, and on the disk. The limit
-- that the server asks before is left out: it is no part of the opening.
\set o random(1, :organisations)
\set l random(1, :links)
\set n :o * 10000 + :l
\startpipeline
begin;
select link_id, asks from gate.open_link('bench' || lpad(:n::text, 11, '0'), sha256(convert_to('secret of ' || :n::text, 'UTF8')),
  gen_random_uuid(), sha256(uuid_send(gen_random_uuid())), gen_random_uuid(), uuid_send(gen_random_uuid()), 'browser', 'pgbench');
commit;
select gate.flush();
\endpipeline
