-- What an organisation decides about itself.
set role kipimo_owner;

alter table app.tenant
  -- whether who operates the platform may look in to help, with a notice to the administrators
  add column support_access boolean not null default false,
  -- how long the log is kept; an organisation may lengthen it and not shorten it
  add column retention_months int not null default 24 check (retention_months between 24 and 240);
grant update (name, slug, default_locale, timezone, base_currency, fiscal_year_start_month, small_cell_threshold, self_verify_allowed,
  support_access, retention_months) on app.tenant to kipimo_tenant;

reset role;
