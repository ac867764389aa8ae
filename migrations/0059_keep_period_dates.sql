-- What is recorded of a period carries its days, and tables find it by them: a period that was made keeps them. Nothing changes them today; now
-- no door can.
set role kipimo_owner;
revoke update on app.reporting_period from kipimo_tenant;
grant update (state, locked_at, locked_by, unlock_until, unlock_reason, window_opens, window_closes, submitted) on app.reporting_period
  to kipimo_tenant;
reset role;
