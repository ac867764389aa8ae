-- Filters are kept of more pages than the log: of a project's tracking table and of its dashboard.
set role kipimo_owner;

alter table app.saved_filter
  add column page text not null default 'audit' check (page ~ '^(audit|projects/[a-z0-9][a-z0-9-]{0,39}/(tracking|dashboard))$'),
  drop constraint saved_filter_tenant_id_user_id_name_key,
  add unique (tenant_id, user_id, page, name);

reset role;
