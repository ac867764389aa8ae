-- The database roles. Run by a superuser before the first migration, and again before an upgrade, which may bring new ones; running
-- it twice changes nothing.
--
-- kipimo_owner     owns every schema and table; nobody logs in as it
-- kipimo_migrate   the login that migrates, as the owner
-- kipimo_app       the login of the server. It inherits nothing: outside the doors it may only ask whom a cookie,
--                  a token, a link or an invitation belongs to, count an attempt against a limit, and forget what has had its time
-- kipimo_tenant    entered by the two doors for one transaction: an organisation's data, under row-level security
-- kipimo_identity  entered for sign-in: finds accounts and sessions, no organisation's data
-- kipimo_account   entered in one person's signed name: their own account, and nobody else's
-- kipimo_mail      entered to send what waits in the outbox, and for nothing else
-- kipimo_worker    entered to take background jobs and for what the clock asks for: calls a few functions of the gate, reads no table
-- kipimo_platform  entered in the signed name of who operates the platform: calls the functions of the console, reads no table
-- kipimo_portal    entered for a donor's visit: one snapshot
-- kipimo_gate      owns the few functions that must see past row-level security, each with one narrow purpose;
--                  nobody is a member of it but the owner, who created it
-- kipimo_backup    reads everything, writes nothing
do $$
declare
  _r record;
begin
  for _r in
    select * from (values
      ('kipimo_owner', 'nologin nosuperuser nobypassrls'),
      ('kipimo_gate', 'nologin nosuperuser bypassrls'),
      ('kipimo_migrate', 'login nosuperuser nobypassrls'),
      ('kipimo_app', 'login noinherit nosuperuser nobypassrls nocreatedb nocreaterole'),
      ('kipimo_tenant', 'nologin nosuperuser nobypassrls'),
      ('kipimo_identity', 'nologin nosuperuser nobypassrls'),
      ('kipimo_account', 'nologin nosuperuser nobypassrls'),
      ('kipimo_mail', 'nologin nosuperuser nobypassrls'),
      ('kipimo_worker', 'nologin nosuperuser nobypassrls'),
      ('kipimo_platform', 'nologin nosuperuser nobypassrls'),
      ('kipimo_portal', 'nologin nosuperuser nobypassrls'),
      ('kipimo_backup', 'nologin nosuperuser bypassrls')
    ) as wanted(name, attributes)
  loop
    if not exists (select from pg_roles where rolname = _r.name) then
      execute format('create role %I %s', _r.name, _r.attributes);
    end if;
  end loop;
end
$$;

grant kipimo_owner to kipimo_migrate;
grant kipimo_gate to kipimo_owner;
grant kipimo_tenant, kipimo_identity, kipimo_account, kipimo_mail, kipimo_worker, kipimo_platform, kipimo_portal to kipimo_app;

-- A query that runs away must not hold the organisation's rows; batch work raises these for its transaction.
alter role kipimo_app set statement_timeout = '30s';
alter role kipimo_app set lock_timeout = '5s';
alter role kipimo_app set idle_in_transaction_session_timeout = '30s';
-- The text of a running statement, with its signed setting, would stand in pg_stat_activity for every session of this login.
-- Only a superuser may set this back.
alter role kipimo_app set track_activities = off;
alter role kipimo_app set search_path = pg_catalog;
alter role kipimo_app set timezone = 'UTC';
alter role kipimo_migrate set timezone = 'UTC';
