-- An organisation may demand a second factor of more roles than the two that always owe one. Who holds such a role and has none may do nothing
-- in a browser; until now a token that they had made went on. It is held to the same.
set role kipimo_gate;

-- As before, with what is demanded of the token's owner.
create or replace function gate.authenticate_token(_hash bytea) returns setof gate.standing
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _k app.api_token;
  _u auth.user_account;
  _t app.tenant;
  _m app.membership;
begin
  select * into _k from app.api_token where token_hash = _hash and revoked_at is null and expires_at > now();
  if not found then
    return;
  end if;
  select * into _m from app.membership where tenant_id = _k.tenant_id and id = _k.membership_id
    and accepted_at is not null and revoked_at is null and roles <> '{}';
  select * into _t from app.tenant where id = _k.tenant_id and status = 'active';
  select * into _u from auth.user_account where id = _m.user_id and status = 'active' and generation = _k.generation;
  if _u.id is null or _t.id is null or _m.id is null then
    return;
  end if;
  if _t.required_provider_id is not null and not 'tenant_admin' = any (_m.roles) and exists (select from app.provider p
    where p.tenant_id = _t.id and p.id = _t.required_provider_id and p.domain = split_part(_u.email, '@', 2)
      and p.generation is distinct from _k.provider_generation) then
    return;
  end if;
  if _k.last_used_at is null or _k.last_used_at < now() - interval '1 hour' then
    update app.api_token set last_used_at = now() where tenant_id = _k.tenant_id and id = _k.id;
  end if;
  return next row(_u.id, _u.email, _u.name, _u.locale, false, gate.has_factor(_u.id),
    'token', null, null, null, _t.id, _t.slug, _t.name, _t.self_verify_allowed, _t.demo,
    _m.id, _m.roles, gate.assignments(_t.id, _m.id), false, false, gate.demands_factor(_t, _m), null, null, null, _k.scopes, _k.project_ids,
    null, null, null, null, _m.programme_ids)::gate.standing;
end
$$;

reset role;
