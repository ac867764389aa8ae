-- Who acts, for which organisation: one signed setting, valid for one transaction.
--
-- Whoever can run SQL can set a custom setting. So the setting carries a keyed hash that only the server can make:
-- the key lies in a table that only kipimo_gate reads. A forged or altered setting is no setting at all.
set role kipimo_gate;

create table gate.context_key (
  id smallint primary key check (id = 1),
  -- HMAC-SHA-256 with the key already xored into both pads
  inner_pad bytea not null check (octet_length(inner_pad) = 64),
  outer_pad bytea not null check (octet_length(outer_pad) = 64)
);

-- The verified setting as an array, or null:
-- {tenant, actor, actor kind, session kind, impersonator, request, project scope, expiry in epoch seconds}
create function gate.context() returns text[]
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _raw text := current_setting('app.ctx', true);
  _body text;
  _key gate.context_key;
  _parts text[];
begin
  if _raw is null or _raw = '' then
    return null;
  end if;
  _body := left(_raw, -65);
  select * into _key from gate.context_key where id = 1;
  if encode(sha256(_key.outer_pad || sha256(_key.inner_pad || convert_to(_body, 'UTF8'))), 'hex')
     is distinct from right(_raw, 64) then
    return null;
  end if;
  _parts := string_to_array(_body, '|');
  -- a donor is one in the portal alone
  if _parts[3] = 'donor_link' and current_setting('role') <> 'kipimo_portal' then
    return null;
  end if;
  if _parts[7]::bigint < extract(epoch from statement_timestamp()) then
    return null;
  end if;
  return _parts;
end
$$;
grant execute on function gate.context() to kipimo_owner, kipimo_tenant, kipimo_identity, kipimo_portal;

set role kipimo_owner;

create function app.tenant() returns uuid
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
begin
  return nullif((gate.context())[1], '')::uuid;
end
$$;
comment on function app.tenant() is 'The organisation of this transaction; null outside the doors. Policies compare with it.';

create function app.actor() returns uuid
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
begin
  return nullif((gate.context())[2], '')::uuid;
end
$$;
comment on function app.actor() is 'The person, token or donor link that acts in this transaction.';

grant execute on function app.tenant(), app.actor() to kipimo_tenant, kipimo_portal, kipimo_identity, kipimo_gate;

-- Every tenant table is protected by the same words. The floor is restrictive, so that no policy added later can
-- widen what a role sees; the permissive policy opens the table to the role that the doors enter, within a door. It asks
-- no more than that: checking the signature twice would cost every statement twice.
create procedure app.protect(_table regclass)
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  execute format('alter table %s enable row level security', _table);
  execute format('alter table %s force row level security', _table);
  execute format('create policy t_floor on %s as restrictive for all to public
    using (tenant_id = (select app.tenant())) with check (tenant_id = (select app.tenant()))', _table);
  execute format('create policy t_app on %s for all to kipimo_tenant
    using ((select current_setting(''app.ctx'', true)) <> '''')
    with check ((select current_setting(''app.ctx'', true)) <> '''')', _table);
end
$$;

-- Who changed a row last, and the version that an edit must name.
create function app.touch() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  new.updated_at := now();
  new.updated_by := app.actor();
  new.row_version := old.row_version + 1;
  return new;
end
$$;

reset role;
