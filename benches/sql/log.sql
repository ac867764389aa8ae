-- Fills the log of an organisation up to a number of events: of three, one is an act and two are rows that it changed.
-- Hashes are of the right length and prove nothing. Variables: slug, upto.
\set ON_ERROR_STOP on
begin;
set local session_replication_role = replica;
create temp table fresh on commit drop as
  select t.id as tenant_id, h.seq as last, array_agg(m.user_id order by m.user_id) as people,
    array(select p.id from app.project p where p.tenant_id = t.id order by p.code) as projects
  from app.tenant t join audit.head h on h.tenant_id = t.id join app.membership m on m.tenant_id = t.id
  where t.slug = :'slug' group by t.id, h.seq;
insert into audit.event (tenant_id, id, at, kind, action, entity_type, entity_id, project_id, actor_id, actor_kind, session_kind, request_id,
    result, canon, content_hash)
  select f.tenant_id, bench.id(17, n), now() - (:upto - n) * interval '1 second', case when n % 3 = 0 then 'act' else 'row' end,
    case when n % 3 = 0 then 'value.saved' else 'indicator_value.update' end,
    case when n % 3 = 0 then 'reporting_period' else 'indicator_value' end, bench.id(9, n % 100000),
    f.projects[1 + n / 3 % cardinality(f.projects)], f.people[1 + n / 3 % cardinality(f.people)], 'user', 'session', bench.id(18, n / 3), 'ok',
    convert_to('{"action":"indicator_value.update","changes":{"value":["' || n || '","' || n + 1 || '"]},"padding":"' || repeat('.', 400) || '"}', 'UTF8'),
    sha256('generated')
  from fresh f, generate_series(f.last + 1, :upto) n;
insert into audit.link (tenant_id, seq, event_id, act, hash, actor_id, project_id, family)
  select f.tenant_id, n, bench.id(17, n), n % 3 = 0, sha256('generated'), f.people[1 + n / 3 % cardinality(f.people)],
    f.projects[1 + n / 3 % cardinality(f.projects)], case when n % 3 = 0 then 'value' else 'indicator_value' end
  from fresh f, generate_series(f.last + 1, :upto) n;
update audit.head h set seq = :upto from fresh f where h.tenant_id = f.tenant_id and h.seq < :upto;
commit;
vacuum (analyze) audit.event, audit.link, audit.head;
checkpoint;
