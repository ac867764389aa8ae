-- Links of donors in full: for which donor, with a passcode or a mailed code, for so many openings and days, renewed and replaced by hand.
-- What is opened, looked at and refused is written down, by one statement each, and who made a link hears before it ends.
set role kipimo_owner;

alter table app.tenant
  add column donor_link_default_days int not null default 90 check (donor_link_default_days between 1 and 90);
grant update (donor_link_default_days) on app.tenant to kipimo_tenant;

-- Donors, by the names under which the organisation knows them.
create table app.donor (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  name text not null check (length(name) between 1 and 200),
  short_name text not null default '' check (length(short_name) <= 40),
  iati_org_ref text not null default '' check (length(iati_org_ref) <= 100),
  iati_org_type text not null default '' check (iati_org_type ~ '^([0-9]{2})?$'),
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  updated_at timestamptz not null default now(),
  updated_by uuid,
  row_version int not null default 1,
  primary key (tenant_id, id)
);
create unique index donor_once on app.donor (tenant_id, lower(name));
call app.protect('app.donor');
call app.watch('app.donor');
grant select, insert, update (name, short_name, iati_org_ref, iati_org_type) on app.donor to kipimo_tenant;

-- A link may be renewed by hand: its days are counted from the last of its making, its use and its renewal.
do $$
declare
  _old name;
begin
  select c.conname into strict _old from pg_constraint c
    where c.conrelid = 'app.donor_link'::regclass and c.contype = 'c' and pg_get_constraintdef(c.oid) like '%last_human_use%';
  execute format('alter table app.donor_link drop constraint %I', _old);
end
$$;
alter table app.donor_link
  add column donor_id uuid,
  add column allow_download boolean not null default false,
  add column max_views int check (max_views between 1 and 10000),
  add column days int not null default 90 check (days between 1 and 90),
  add column passcode_hash text check (length(passcode_hash) <= 200),
  add column mail_code boolean not null default false,
  add column renewed_at timestamptz,
  add column renewed_by uuid,
  -- the link in whose place this one stands
  add column rotated_from uuid,
  -- the end of which its owner was told, two weeks and three days before
  add column told_14_for timestamptz,
  add column told_3_for timestamptz,
  add constraint donor_link_of_donor foreign key (tenant_id, donor_id) references app.donor (tenant_id, id),
  add constraint donor_link_in_place_of foreign key (tenant_id, rotated_from) references app.donor_link (tenant_id, id),
  add constraint donor_link_one_lock check (passcode_hash is null or not mail_code),
  add constraint donor_link_code_has_address check (not mail_code or recipient_email is not null),
  add constraint donor_link_rolls check (rolling_until <= greatest(created_at, last_human_use, renewed_at) + make_interval(days => days));
create index donor_link_of_a_donor on app.donor_link (tenant_id, donor_id) where donor_id is not null;
create unique index donor_link_replaced_once on app.donor_link (tenant_id, rotated_from) where rotated_from is not null;
-- a link never rolls past its hard limit, so that this is when it ends
create index donor_link_by_end on app.donor_link (rolling_until) where revoked_at is null;
grant update (rolling_until, renewed_at, renewed_by) on app.donor_link to kipimo_tenant;
grant update (told_14_for, told_3_for) on app.donor_link to kipimo_gate;

create function app.refuse_link_revival() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'a link that has ended stays ended' using errcode = 'insufficient_privilege';
end
$$;
create trigger stays_ended before update on app.donor_link for each row
  when ((old.revoked_at is not null and new.revoked_at is distinct from old.revoked_at)
    or ((old.revoked_at is not null or old.rolling_until <= now()) and new.rolling_until > old.rolling_until))
  execute function app.refuse_link_revival();

-- as before, and the passcode's hash stays out of the log too
drop trigger watch_insert on app.donor_link;
drop trigger watch_update on app.donor_link;
drop trigger watch_delete on app.donor_link;
call app.watch('app.donor_link', 'secret_hash', 'recipient_name', 'recipient_email', 'public_id', 'passcode_hash');

-- What happened to a link: visits that were opened or refused, and what was looked at and taken within them.
alter table app.donor_link_access
  drop constraint donor_link_access_outcome_check,
  add constraint donor_link_access_outcome_check check (outcome in ('ok', 'wrong_secret', 'expired', 'revoked', 'bad_passcode', 'rate_limited',
    'no_views_left', 'no_download')),
  add column kind text not null default 'visit' check (kind in ('visit', 'page', 'download')),
  add column page text check (length(page) <= 200),
  add column visit_id uuid,
  add constraint donor_link_access_of_visit foreign key (tenant_id, visit_id) references app.donor_visit (tenant_id, id);
create index donor_link_access_by_visit on app.donor_link_access (tenant_id, visit_id, at desc) where visit_id is not null;
create index donor_visit_by_link on app.donor_visit (tenant_id, link_id, opened_at desc);

-- Whoever has shown the secret of a locked link and not yet its passcode or code: a quarter of an hour, five answers, nothing to read.
create table app.donor_knock (
  tenant_id uuid not null,
  id uuid not null,
  link_id uuid not null,
  secret_hash bytea not null unique check (octet_length(secret_hash) = 32),
  code_mark bytea check (octet_length(code_mark) = 16),
  code_until timestamptz,
  tries int not null default 0 check (tries between 0 and 5),
  -- the one visit that it opened
  visit_id uuid,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, link_id) references app.donor_link (tenant_id, id),
  foreign key (tenant_id, visit_id) references app.donor_visit (tenant_id, id),
  check (expires_at <= created_at + interval '15 minutes'),
  check ((code_mark is null) = (code_until is null)),
  check (code_until <= expires_at)
);
create index donor_knock_by_link on app.donor_knock (tenant_id, link_id);
create index donor_knock_by_end on app.donor_knock (expires_at);
call app.protect('app.donor_knock');
call app.keep_to_programmes('app.donor_knock', 'link_id in (select l.id from app.donor_link l)');
call app.watch('app.donor_knock', 'secret_hash', 'code_mark');
grant select on app.donor_knock to kipimo_tenant;
grant select, insert, delete, update (code_mark, code_until, tries, visit_id) on app.donor_knock to kipimo_gate;

set role kipimo_gate;

drop function gate.open_link(text, bytea, uuid, bytea, uuid, bytea, text);
drop function gate.authenticate_visit(bytea);

-- Writes an attempt down, where the organisation reads who opened a link, and as an act of the link in its log.
create function gate.note_attempt(_l app.donor_link, _access uuid, _outcome text, _visit uuid, _ip_index bytea, _device text, _agent text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
  _event audit.event;
begin
  insert into app.donor_link_access (tenant_id, id, link_id, visit_id, outcome, ip_index, agent)
    values (_l.tenant_id, _access, _l.id, _visit, _outcome, _ip_index, _device);
  _event := row(_l.tenant_id, gen_random_uuid(), clock_timestamp(), 'act',
    case when _outcome = 'ok' then 'donor_link.opened' else 'donor_link.refused' end, 'donor_link', _l.id, _l.project_id,
    _l.id, 'donor_link', null, 'donor', null, case when _outcome = 'ok' then 'ok' else 'denied' end,
    null, null, ''::bytea, decode(repeat('00', 32), 'hex'));
  perform gate.append(_event, '{}', _outcome, null, _agent);
end
$$;

-- Whether a link may be opened once more: `ok`, or why not. Two who come for the last opening take it one after the other.
create function gate.state_of_link(_l app.donor_link) returns text
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  if _l.revoked_at is not null then
    return 'revoked';
  end if;
  if least(_l.rolling_until, _l.hard_until) <= now() then
    return 'expired';
  end if;
  if _l.max_views is not null then
    perform from app.donor_link d where d.tenant_id = _l.tenant_id and d.id = _l.id for no key update;
    if (select count(*) from app.donor_visit v where v.tenant_id = _l.tenant_id and v.link_id = _l.id) >= _l.max_views then
      return 'no_views_left';
    end if;
  end if;
  return 'ok';
end
$$;

-- Opens a visit. Only this rolls the expiry, at most once a day, never past the hard limit.
create function gate.let_in(_l app.donor_link, _visit uuid, _visit_hash bytea) returns void
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  if _l.last_human_use is null or _l.last_human_use <= now() - interval '1 day' then
    -- asked once more, of the row as it stands: somebody may have come or revoked it meanwhile
    update app.donor_link d
      set last_human_use = now(), rolling_until = least(now() + make_interval(days => d.days), d.hard_until)
      where d.tenant_id = _l.tenant_id and d.id = _l.id and d.revoked_at is null and d.rolling_until > now()
        and (d.last_human_use is null or d.last_human_use <= now() - interval '1 day');
  end if;
  insert into app.donor_visit (tenant_id, id, link_id, secret_hash, expires_at)
    values (_l.tenant_id, _visit, _l.id, _visit_hash, now() + interval '8 hours');
end
$$;

-- A donor shows the secret of a link. Without a lock that opens a visit; with one, the hash becomes that of somebody who has yet to answer
-- (`asks`). Answers no row for unknown, wrong, expired, revoked and used up alike; the logs tell them apart: of what is nobody's link, the
-- platform's.
create function gate.open_link(_public_id text, _secret_hash bytea, _visit uuid, _visit_hash bytea, _access uuid, _ip_index bytea, _device text,
  _agent text) returns table (link_id uuid, asks text)
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _l app.donor_link;
  _outcome text;
  _event audit.event;
begin
  -- whoever asks waits for the disk by gate.flush(), with the organisation's chain no longer held
  perform set_config('synchronous_commit', 'off', true);
  select * into _l from app.donor_link d where d.public_id = _public_id;
  if not found then
    _event := row('00000000-0000-0000-0000-000000000000'::uuid, gen_random_uuid(), clock_timestamp(), 'act', 'donor_link.refused', 'donor_link', null, null,
      null, 'public', null, 'none', null, 'denied', null, null, ''::bytea, decode(repeat('00', 32), 'hex'));
    perform gate.append(_event, '{}', 'unknown', null, _agent);
    return;
  end if;
  _outcome := case when _l.secret_hash <> _secret_hash then 'wrong_secret' else gate.state_of_link(_l) end;
  if _outcome <> 'ok' then
    perform gate.note_attempt(_l, _access, _outcome, null, _ip_index, _device, _agent);
    return;
  end if;
  if _l.passcode_hash is not null or _l.mail_code then
    insert into app.donor_knock (tenant_id, id, link_id, secret_hash, expires_at)
      values (_l.tenant_id, _visit, _l.id, _visit_hash, now() + interval '15 minutes');
    return query select _l.id, case when _l.mail_code then 'code' else 'passcode' end;
    return;
  end if;
  perform gate.let_in(_l, _visit, _visit_hash);
  perform gate.note_attempt(_l, _access, 'ok', _visit, _ip_index, _device, _agent);
  return query select _l.id, null::text;
end
$$;

-- The link of somebody who has yet to answer, and what the answer is compared with. Changes nothing.
create function gate.knock(_hash bytea) returns table (link_id uuid, public_id text, mail_code boolean, passcode_hash text)
language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select l.id, l.public_id, l.mail_code, l.passcode_hash
  from app.donor_knock k join app.donor_link l on l.tenant_id = k.tenant_id and l.id = k.link_id
  where k.secret_hash = _hash and k.visit_id is null and k.expires_at > now()
$$;

-- An answer: whether the passcode was right, as the server found, or the mark of a code. However often and at whatever time it is sent, it
-- opens one visit. `ok`, why not, or nothing where nobody is to answer any more.
create function gate.answer_knock(_hash bytea, _limited boolean, _passcode_right boolean, _code_mark bytea, _visit uuid, _visit_hash bytea,
  _access uuid, _ip_index bytea, _device text, _agent text) returns text
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _k app.donor_knock;
  _l app.donor_link;
  _right boolean;
  _outcome text;
begin
  -- whoever asks waits for the disk by gate.flush(), with the organisation's chain no longer held
  perform set_config('synchronous_commit', 'off', true);
  select * into _k from app.donor_knock k where k.secret_hash = _hash and k.visit_id is null and k.expires_at > now() for no key update;
  if not found then
    return null;
  end if;
  select * into strict _l from app.donor_link d where d.tenant_id = _k.tenant_id and d.id = _k.link_id;
  _right := case when _l.mail_code then _k.code_mark = _code_mark and _k.code_until > now() else _passcode_right end;
  _outcome := case
    when _limited or _k.tries >= 5 then 'rate_limited'
    when _right is not true then 'bad_passcode'
    else gate.state_of_link(_l)
  end;
  if _outcome = 'bad_passcode' then
    update app.donor_knock k set tries = k.tries + 1 where k.tenant_id = _k.tenant_id and k.id = _k.id;
  elsif _outcome = 'ok' then
    perform gate.let_in(_l, _visit, _visit_hash);
    update app.donor_knock k set visit_id = _visit where k.tenant_id = _k.tenant_id and k.id = _k.id;
  end if;
  perform gate.note_attempt(_l, _access, _outcome, case when _outcome = 'ok' then _visit end, _ip_index, _device, _agent);
  return _outcome;
end
$$;

-- A code for somebody who has yet to answer, good for ten minutes, and to whom it is mailed. An earlier one is good no longer; the answers
-- that are left stay as many.
create function gate.code_for_knock(_hash bytea, _code_mark bytea) returns table (email text, name text, organisation text, locale text)
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  return query
    update app.donor_knock k set code_mark = _code_mark, code_until = least(now() + interval '10 minutes', k.expires_at)
    from app.donor_link l
      join app.tenant t on t.id = l.tenant_id
      join app.report_snapshot s on s.tenant_id = l.tenant_id and s.id = l.snapshot_id
      join app.report r on r.tenant_id = s.tenant_id and r.id = s.report_id
    where k.secret_hash = _hash and k.visit_id is null and k.expires_at > now() and l.tenant_id = k.tenant_id and l.id = k.link_id
      and l.mail_code and l.revoked_at is null and l.rolling_until > now()
    returning l.recipient_email, l.recipient_name, t.name, r.locale;
end
$$;

-- What the cookie of a visit stands for, while its link lives; and, in the same statement, that something was looked at (`page`) or taken:
-- the report itself and its files (`download`), which whoever reads may keep, or its figures (`figures`), which the link must allow. A page
-- that is looked at again within a minute is written down once.
create function gate.look(_hash bytea, _kind text, _page text, _access uuid, _noted boolean)
  returns table (tenant_id uuid, link_id uuid, snapshot_id uuid, allow_download boolean)
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _v record;
  _refused boolean;
begin
  -- whoever asks waits for the disk by gate.flush(), with the organisation's chain no longer held
  perform set_config('synchronous_commit', 'off', true);
  select l.tenant_id, l.id as link, l.snapshot_id, l.allow_download, v.id as visit into _v
    from app.donor_visit v join app.donor_link l on l.tenant_id = v.tenant_id and l.id = v.link_id
    where v.secret_hash = _hash and v.expires_at > now() and l.revoked_at is null and l.rolling_until > now() and l.hard_until > now();
  if not found then
    return;
  end if;
  _refused := _kind = 'figures' and not _v.allow_download;
  if _noted and not (_kind = 'page' and exists (select from app.donor_link_access a
      where a.tenant_id = _v.tenant_id and a.visit_id = _v.visit and a.kind = 'page' and a.page = _page and a.at > now() - interval '1 minute')) then
    insert into app.donor_link_access (tenant_id, id, link_id, visit_id, kind, page, outcome, ip_index, agent)
      select _v.tenant_id, _access, _v.link, _v.visit, case when _kind = 'figures' then 'download' else _kind end, _page,
        case when _refused then 'no_download' else 'ok' end, o.ip_index, o.agent
      from (select 1) one left join app.donor_link_access o on o.tenant_id = _v.tenant_id and o.visit_id = _v.visit and o.kind = 'visit';
  end if;
  if not _refused then
    return query select _v.tenant_id, _v.link, _v.snapshot_id, _v.allow_download;
  end if;
end
$$;
grant execute on function gate.open_link(text, bytea, uuid, bytea, uuid, bytea, text, text), gate.knock(bytea),
  gate.answer_knock(bytea, boolean, boolean, bytea, uuid, bytea, uuid, bytea, text, text), gate.look(bytea, text, text, uuid, boolean) to kipimo_app;

-- Links that end within two weeks or three days, each told of once for each end: to who made it, or where they have left, to the
-- administrators. Links that live for no longer anyway are not told of.
create function gate.tell_of_ending_links() returns table (link_id uuid, ends timestamptz, recipient text, email text, name text, locale text,
  organisation text, slug text, may_roll boolean)
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _l app.donor_link;
  _soon boolean;
begin
  for _l in select d.* from app.donor_link d join app.tenant t on t.id = d.tenant_id and t.status = 'active'
      where d.revoked_at is null and d.rolling_until > now() and d.rolling_until <= now() + interval '14 days'
        and case when d.rolling_until <= now() + interval '3 days'
          then d.days > 3 and d.told_3_for is distinct from d.rolling_until
          else d.days > 14 and d.told_14_for is distinct from d.rolling_until end
      order by d.rolling_until limit 200 for no key update of d skip locked loop
    _soon := _l.rolling_until <= now() + interval '3 days';
    update app.donor_link d
      set told_14_for = _l.rolling_until, told_3_for = case when _soon then _l.rolling_until else d.told_3_for end
      where d.tenant_id = _l.tenant_id and d.id = _l.id;
    return query
      select _l.id, _l.rolling_until, _l.recipient_name, u.email::text, u.name, u.locale, t.name, t.slug, _l.rolling_until < _l.hard_until
      from app.tenant t
        join app.membership m on m.tenant_id = t.id and m.user_id = _l.created_by and m.accepted_at is not null and m.revoked_at is null
        join auth.user_account u on u.id = m.user_id and u.status = 'active'
      where t.id = _l.tenant_id;
    if not found then
      return query
        select _l.id, _l.rolling_until, _l.recipient_name, a.email::text, a.name, a.locale, t.name, t.slug, _l.rolling_until < _l.hard_until
        from app.tenant t cross join lateral gate.administrators(t.id) a where t.id = _l.tenant_id;
    end if;
  end loop;
end
$$;

-- Whoever did not answer in time is forgotten a day later; what they tried stays written down.
create function gate.forget_knocks() returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  delete from app.donor_knock k where k.expires_at < now() - interval '1 day';
end
$$;
grant execute on function gate.code_for_knock(bytea, bytea), gate.tell_of_ending_links(), gate.forget_knocks() to kipimo_mail;

reset role;
