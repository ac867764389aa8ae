-- The answers to batches that programs sent are kept so that the same batch, sent again, is done once. Nobody sends one again after a month.
set role kipimo_owner;
create index api_idempotency_by_age on app.api_idempotency (created_at);
grant select, delete on app.api_idempotency to kipimo_gate;

set role kipimo_gate;

-- Answers of more than thirty days ago, a thousand at a time. Answers how many were forgotten.
create function gate.forget_answers() returns int
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _count int;
begin
  delete from app.api_idempotency a where (a.tenant_id, a.id) in (
    select o.tenant_id, o.id from app.api_idempotency o
    where o.created_at < now() - interval '30 days' order by o.created_at limit 1000);
  get diagnostics _count = row_count;
  return _count;
end
$$;
grant execute on function gate.forget_answers() to kipimo_worker;

reset role;
