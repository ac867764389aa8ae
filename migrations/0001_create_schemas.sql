-- Schemas. `public` holds the migrations' own ledger and nothing else; bootstrap.sql closed it.
set role kipimo_owner;

create schema app;    -- organisations' data: every table carries tenant_id and is protected
create schema auth;   -- accounts and sessions: people are not owned by an organisation
create schema audit;  -- the log: written by functions alone, never changed
create schema rl;     -- counters of the rate limits
create schema gate authorization kipimo_gate;  -- functions that see past row-level security


grant usage on schema app to kipimo_tenant, kipimo_portal, kipimo_gate, kipimo_backup, kipimo_identity, kipimo_app;
grant usage on schema auth to kipimo_identity, kipimo_tenant, kipimo_gate, kipimo_backup;
grant usage on schema audit to kipimo_tenant, kipimo_portal, kipimo_identity, kipimo_gate, kipimo_backup;
grant usage on schema rl to kipimo_gate;

set role kipimo_gate;
grant usage on schema gate to kipimo_app, kipimo_tenant, kipimo_identity, kipimo_portal, kipimo_owner;
set role kipimo_owner;

alter default privileges in schema app grant select on tables to kipimo_backup;
alter default privileges in schema auth grant select on tables to kipimo_backup;
alter default privileges in schema audit grant select on tables to kipimo_backup;
alter default privileges revoke execute on functions from public;
set role kipimo_gate;
alter default privileges revoke execute on functions from public;

reset role;
