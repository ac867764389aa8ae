-- (d) A link opened by what the server itself runs: found, counted and written down, told to the organisation's log, sealed, on the disk.
\set o random(1, :organisations)
\set l random(1, :links)
\set n :o * 10000 + :l
\startpipeline
select link_id, asks from gate.open_link('bench' || lpad(:n::text, 11, '0'), sha256(convert_to('secret of ' || :n::text, 'UTF8')),
  gen_random_uuid(), sha256(uuid_send(gen_random_uuid())), gen_random_uuid(), uuid_send(gen_random_uuid()), 'browser', 'pgbench');
select gate.flush();
\endpipeline
