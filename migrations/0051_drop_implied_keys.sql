-- Foreign keys that others imply, of tables that are written by the ten thousand: each is a look-up for every row.
set role kipimo_owner;

-- A row's project, indicator, period or job belongs to its organisation by a key of its own, and that to app.tenant.
alter table app.indicator_value drop constraint indicator_value_tenant_id_fkey;
alter table app.period_rollup drop constraint period_rollup_tenant_id_fkey;
alter table app.period_breakdown drop constraint period_breakdown_tenant_id_fkey;
alter table app.import_issue drop constraint import_issue_tenant_id_fkey;

-- A link is made by gate.seal() alone, of what the same transaction wrote to audit.event; neither can be changed or deleted after
-- that, and `kipimo audit verify` names a link without its event.
alter table audit.link drop constraint link_tenant_id_event_id_fkey;

reset role;
