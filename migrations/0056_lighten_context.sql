-- The signed setting is checked once for each table that a statement reads: most of what policies cost, so it is kept small. Nothing that
-- is checked is checked less.
set role kipimo_gate;

-- As before; the key is read, and the hash compared, in fewer steps.
create or replace function gate.context() returns text[]
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _raw text := current_setting('app.ctx', true);
  _role text := current_setting('role');
  _inner bytea;
  _outer bytea;
  _parts text[];
begin
  if _raw is null or _raw = '' then
    return null;
  end if;
  select inner_pad, outer_pad into _inner, _outer from gate.context_key;
  if encode(sha256(_outer || sha256(_inner || convert_to(left(_raw, -65), 'UTF8'))), 'hex') is distinct from right(_raw, 64) then
    return null;
  end if;
  _parts := string_to_array(left(_raw, -65), '|');
  -- a donor is one in the portal alone, an account is nobody's in an organisation, and the platform's own operators are nowhere else
  if _parts[3] = 'donor_link' and _role <> 'kipimo_portal'
    or _role = 'kipimo_account' and _parts[1] <> ''
    or (_role = 'kipimo_platform') <> (_parts[1] = '00000000-0000-0000-0000-000000000000' and _parts[3] = 'user')
    -- a setting without a place for programmes is none: it must not read as one of the whole organisation
    or cardinality(_parts) <> 8
    or _parts[8]::bigint < extract(epoch from statement_timestamp()) then
    return null;
  end if;
  return _parts;
end
$$;

-- Who may ask for the organisation or the actor asks for the setting itself from here on: the policy of letters names the actor.
grant execute on function gate.context() to kipimo_mail;

-- Whether what somebody is in an organisation demands a second factor of them: of an organisation that demands it of no more than the two
-- roles, it is not asked what they do in projects.
create function gate.demands_factor(_tenant app.tenant, _member app.membership) returns boolean
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if _member.roles && (array['tenant_admin', 'safeguarding_focal'] || _tenant.second_factor_roles) then
    return true;
  end if;
  if _tenant.second_factor_roles = '{}' then
    return false;
  end if;
  return exists (select from app.project_member p
    where p.tenant_id = _tenant.id and p.membership_id = _member.id and p.role = any (_tenant.second_factor_roles));
end
$$;

-- As before, anywhere.
create or replace function gate.owes_factor(_user uuid) returns boolean
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
begin
  return exists (
    select from app.membership m join app.tenant t on t.id = m.tenant_id
    where m.user_id = _user and m.accepted_at is not null and m.revoked_at is null and t.status = 'active' and gate.demands_factor(t, m));
end
$$;

set role kipimo_owner;

-- As before, told in the words of the statement that asks, so that one call is made where there were two. Both stand in the policies of
-- every table: their bodies are read when they are made, and no setting of whoever asks changes what they name.
create or replace function app.tenant() returns uuid
language sql stable
return nullif((gate.context())[1], '')::uuid;

create or replace function app.actor() returns uuid
language sql stable
return nullif((gate.context())[2], '')::uuid;

reset role;
