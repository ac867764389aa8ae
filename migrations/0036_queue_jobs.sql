-- Work that takes longer than a page waits. What somebody asked for is a row of their organisation; how far it has come stands beside it,
-- out of the log. A worker learns from the gate that there is something to do, and does it as the person who asked, with the rights that
-- they have when it is done.
set role kipimo_owner;

create table app.background_job (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  project_id uuid not null,
  kind text not null check (kind in ('import')),
  -- what it is about, of the project: for an import, the import
  subject_id uuid not null,
  -- as it was asked for
  params jsonb not null default '{}' check (jsonb_typeof(params) = 'object' and octet_length(params::text) <= 2000),
  state text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'failed', 'cancelled')),
  asked_by uuid not null default app.actor(),
  asked_at timestamptz not null default now(),
  -- what the person's account and sign-in were then: who has thrown somebody out of their account has thrown out their jobs too
  generation int not null default gate.generation(app.actor()),
  provider_generation uuid,
  -- not before
  due_at timestamptz not null default now(),
  attempts int not null default 0,
  cancel_at timestamptz,
  started_at timestamptz,
  finished_at timestamptz,
  -- what came of it: how many were written, or the code of why not
  result int check (result >= 0),
  error text check (error ~ '^[a-z0-9_]{2,60}$'),
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  updated_at timestamptz not null default now(),
  updated_by uuid,
  row_version int not null default 1,
  primary key (tenant_id, id),
  unique (tenant_id, project_id, id),
  foreign key (tenant_id, project_id) references app.project (tenant_id, id),
  check ((state in ('done', 'failed', 'cancelled')) = (finished_at is not null)),
  check ((state = 'done') = (result is not null)),
  check ((state = 'failed') = (error is not null))
);
-- one thing is done once at a time
create unique index background_job_once on app.background_job (tenant_id, kind, subject_id) where state in ('waiting', 'running');
create index background_job_to_do on app.background_job (due_at) where state in ('waiting', 'running');
create index background_job_newest on app.background_job (tenant_id, asked_at desc);
create index background_job_by_person on app.background_job (tenant_id, asked_by, asked_at desc);
create index background_job_by_project on app.background_job (tenant_id, project_id);
create index background_job_begun on app.background_job (tenant_id, started_at) where started_at is not null;
create index background_job_over on app.background_job (finished_at) where finished_at is not null;
call app.protect('app.background_job');
call app.keep_to_programmes('app.background_job', 'project_id = any ((select gate.projects_in_scope())::uuid[])');
call app.watch('app.background_job');
grant select on app.background_job to kipimo_tenant;
-- whose it is, nobody says but the door
grant insert (id, project_id, kind, subject_id, params, provider_generation) on app.background_job to kipimo_tenant;
grant update (state, due_at, attempts, cancel_at, started_at, finished_at, error, provider_generation) on app.background_job to kipimo_tenant;
grant select, insert, update, delete on app.background_job to kipimo_gate;

-- Who does it, until when they must be heard of again, and how far it has come. Written every few seconds while a job runs, on another
-- connection than its own, so that it is seen before the work is kept; not watched, since none of it is anybody's act.
create table app.job_progress (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  project_id uuid not null,
  -- of what is known to the worker alone, who proves by it that the job is theirs
  lease_hash bytea not null check (octet_length(lease_hash) = 32),
  leased_until timestamptz not null,
  done int not null default 0 check (done >= 0),
  total int not null default 0 check (total >= 0),
  primary key (tenant_id, id),
  foreign key (tenant_id, project_id, id) references app.background_job (tenant_id, project_id, id)
);
call app.protect('app.job_progress');
call app.keep_to_programmes('app.job_progress', 'project_id = any ((select gate.projects_in_scope())::uuid[])');
grant select on app.job_progress to kipimo_tenant;
grant select, insert, update, delete on app.job_progress to kipimo_gate;

-- A job goes from state to state as it is asked for, cancelled and asked for again; what a worker says of it comes by the gate.
create function app.guard_job() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  if current_user <> 'kipimo_tenant' then
    return new;
  end if;
  -- asked for again by who asked, and by nobody in their name: with what their account is now
  if old.state in ('failed', 'cancelled') and new.state = 'waiting' and new.asked_by = app.actor() then
    new.generation := gate.generation(app.actor());
    return new;
  end if;
  -- cancelled while it waits, or told to stop while it runs; what else is kept of it stays as it is
  if (old.state = 'waiting' and new.state = 'cancelled' or old.state = 'running' and new.state = 'running' and old.cancel_at is null)
    and new.cancel_at is not null
    and row(new.due_at, new.attempts, new.started_at, new.error, new.provider_generation)
      is not distinct from row(old.due_at, old.attempts, old.started_at, old.error, old.provider_generation) then
    return new;
  end if;
  raise exception 'not a way of a job' using errcode = 'insufficient_privilege';
end
$$;
create trigger guard before update on app.background_job for each row execute function app.guard_job();
grant execute on function app.guard_job() to kipimo_tenant, kipimo_gate;

-- For the clock's work: files of imports, files of evidence, rules that ask for actions.
grant update (content, row_version, updated_at, updated_by) on app.import_job to kipimo_gate;
grant select on app.import_job to kipimo_gate;
grant select (id) on app.evidence to kipimo_gate;
grant select on app.trigger_rule to kipimo_gate;
create index import_job_kept on app.import_job (created_at) where content is not null;

set role kipimo_gate;
grant usage on schema gate to kipimo_worker;

-- Takes the next job that is due, or one whose worker was not heard of any more; for so many seconds, under a new lease. First those of
-- organisations of which the fewest run or were begun a moment ago: who asks for many waits for their own. What was to be cancelled is, and
-- what was tried too often has failed. The one row says where the job is, and nothing of what it is about but an id.
create function gate.take_job(_lease uuid, _seconds int, _most int)
returns table (tenant_id uuid, id uuid, project_id uuid, kind text, subject_id uuid, params jsonb, attempts int, is_open boolean)
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _j app.background_job;
begin
  loop
    select j.* into _j from app.background_job j
      left join app.job_progress p on p.tenant_id = j.tenant_id and p.id = j.id
      where j.state = 'waiting' and j.due_at <= now()
        or j.state = 'running' and coalesce(p.leased_until, '-infinity') < now()
      order by (select count(*) from app.background_job o where o.tenant_id = j.tenant_id and o.id <> j.id
          and (o.started_at > now() - interval '5 minutes' or o.state = 'running')), j.due_at
      limit 1 for update of j skip locked;
    if not found then
      return;
    end if;
    -- another worker was quicker, between the look and the lock
    if _j.state = 'running' and exists (
        select from app.job_progress p where p.tenant_id = _j.tenant_id and p.id = _j.id and p.leased_until >= now()) then
      continue;
    end if;
    if _j.cancel_at is not null then
      update app.background_job j set state = 'cancelled', finished_at = now() where j.tenant_id = _j.tenant_id and j.id = _j.id;
    elsif _j.attempts >= _most then
      update app.background_job j set state = 'failed', finished_at = now(), error = 'worker_lost'
        where j.tenant_id = _j.tenant_id and j.id = _j.id;
    else
      update app.background_job j set state = 'running', attempts = j.attempts + 1, started_at = now()
        where j.tenant_id = _j.tenant_id and j.id = _j.id;
      insert into app.job_progress as p (tenant_id, id, project_id, lease_hash, leased_until)
        values (_j.tenant_id, _j.id, _j.project_id, sha256(uuid_send(_lease)), now() + _seconds * interval '1 second')
        on conflict on constraint job_progress_pkey
        do update set lease_hash = excluded.lease_hash, leased_until = excluded.leased_until, done = 0, total = 0;
      return query select _j.tenant_id, _j.id, _j.project_id, _j.kind, _j.subject_id, _j.params, _j.attempts + 1,
        exists (select from app.tenant t where t.id = _j.tenant_id and t.status = 'active');
      return;
    end if;
  end loop;
end
$$;

-- Whether a job is a worker's: it runs, and under this lease. Its row is held, so that nobody takes or cancels it meanwhile; what the lease
-- is now is read after that.
create function gate.hold_job(_tenant uuid, _job uuid, _lease uuid) returns app.background_job
language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
  _j app.background_job;
begin
  select j.* into _j from app.background_job j where j.tenant_id = _tenant and j.id = _job and j.state = 'running' for update;
  if found and exists (select from app.job_progress p where p.tenant_id = _tenant and p.id = _job and p.lease_hash = sha256(uuid_send(_lease))) then
    return _j;
  end if;
  return null;
end
$$;

-- Who asked for a job, as they stand now, for the worker that holds it, also where it is late and nobody else has taken the job. Nobody, where the organisation is closed, the account is, or has
-- changed how it is reached, or the person does not belong to the organisation any more.
create function gate.standing_of_job(_tenant uuid, _job uuid, _lease uuid) returns setof gate.standing
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _j app.background_job;
  _u auth.user_account;
  _t app.tenant;
  _m app.membership;
begin
  select j.* into _j from app.background_job j join app.job_progress p on p.tenant_id = j.tenant_id and p.id = j.id
    where j.tenant_id = _tenant and j.id = _job and j.state = 'running' and p.lease_hash = sha256(uuid_send(_lease));
  if not found then
    return;
  end if;
  select * into _t from app.tenant where id = _j.tenant_id and status = 'active';
  select * into _u from auth.user_account where id = _j.asked_by and status = 'active' and generation = _j.generation;
  select * into _m from app.membership where tenant_id = _j.tenant_id and user_id = _u.id
    and accepted_at is not null and revoked_at is null and roles <> '{}';
  if _u.id is null or _t.id is null or _m.id is null then
    return;
  end if;
  if _t.required_provider_id is not null and not 'tenant_admin' = any (_m.roles) and exists (select from app.provider p
    where p.tenant_id = _t.id and p.id = _t.required_provider_id and p.domain = split_part(_u.email, '@', 2)
      and p.generation is distinct from _j.provider_generation) then
    return;
  end if;
  -- a second factor counts as given when the job was asked for, where there still is one
  return next row(_u.id, _u.email, _u.name, _u.locale, false, gate.has_factor(_u.id),
    'job', null, case when gate.has_factor(_u.id) then _j.asked_at end, null, _t.id, _t.slug, _t.name, _t.self_verify_allowed, _t.demo,
    _m.id, _m.roles, gate.assignments(_t.id, _m.id), false, false,
    _m.roles && (array['tenant_admin', 'safeguarding_focal'] || _t.second_factor_roles)
      or exists (select from app.project_member p where p.tenant_id = _t.id and p.membership_id = _m.id
        and p.role = any (_t.second_factor_roles)),
    null, null, null, null, null, null, null, null, null, _m.programme_ids)::gate.standing;
end
$$;

-- A worker says how far it is and is heard of for so many seconds more. Answers `held`, `cancel` for what is to be given up, or `lost` for
-- what is another's by now.
create function gate.beat_job(_tenant uuid, _job uuid, _lease uuid, _done int, _total int, _seconds int) returns text
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _cancel timestamptz;
begin
  update app.job_progress p set done = _done, total = _total, leased_until = now() + _seconds * interval '1 second'
    where p.tenant_id = _tenant and p.id = _job and p.lease_hash = sha256(uuid_send(_lease));
  if not found then
    return 'lost';
  end if;
  -- of what ended a moment ago under this very lease there is nothing to give up
  select j.cancel_at into _cancel from app.background_job j where j.tenant_id = _tenant and j.id = _job and j.state = 'running';
  return case when _cancel is null then 'held' else 'cancel' end;
end
$$;

-- A worker gives a job up: it failed, it was cancelled, it is to be tried again after so many seconds, or it goes back untried. Answers
-- whether it was theirs.
create function gate.settle_job(_tenant uuid, _job uuid, _lease uuid, _as text, _error text, _seconds int) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _j app.background_job;
begin
  _j := gate.hold_job(_tenant, _job, _lease);
  if _j.id is null then
    return false;
  end if;
  if _as = 'failed' then
    update app.background_job j set state = 'failed', finished_at = now(), error = _error where j.tenant_id = _tenant and j.id = _job;
  elsif _as = 'cancelled' or _j.cancel_at is not null then
    update app.background_job j set state = 'cancelled', finished_at = now() where j.tenant_id = _tenant and j.id = _job;
  elsif _as in ('again', 'returned') then
    update app.background_job j set state = 'waiting', due_at = now() + _seconds * interval '1 second',
        attempts = case when _as = 'returned' then greatest(j.attempts - 1, 0) else j.attempts end
      where j.tenant_id = _tenant and j.id = _job;
  else
    raise exception 'not a way of a job' using errcode = 'invalid_parameter_value';
  end if;
  return true;
end
$$;

-- The end of a job, in the transaction of its own work, so that both are kept or neither: who lost the lease meanwhile, or was told to
-- stop, keeps nothing. Only in the name of who asked.
create function gate.finish_job(_job uuid, _lease uuid, _result int) returns text
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _tenant uuid := app.tenant();
  _j app.background_job;
begin
  _j := gate.hold_job(_tenant, _job, _lease);
  if _j.id is null or _j.asked_by is distinct from app.actor() then
    return 'lost';
  end if;
  if _j.cancel_at is not null then
    return 'cancel';
  end if;
  update app.background_job j set state = 'done', finished_at = clock_timestamp(), result = _result where j.tenant_id = _tenant and j.id = _job;
  return 'held';
end
$$;
grant execute on function gate.finish_job(uuid, uuid, int) to kipimo_tenant;

-- Whether one more job of who asks may wait: so many of a person, and so many of their organisation, whatever of those they see. Counted one
-- after the other.
create function gate.room_for_job(_person int, _organisation int) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _tenant uuid := app.tenant();
begin
  perform pg_advisory_xact_lock(hashtextextended('jobs:' || _tenant::text, 0));
  return (select count(*) < _organisation and count(*) filter (where j.asked_by = app.actor()) < _person
    from app.background_job j where j.tenant_id = _tenant and j.state = 'waiting');
end
$$;
grant execute on function gate.room_for_job(int, int) to kipimo_tenant;

-- Cancels what somebody asked for, in one organisation or, without one, in each: what waits at once, and what runs is told to stop.
create function gate.cancel_jobs_of(_user uuid, _tenant uuid) returns void
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  perform from app.background_job j where j.asked_by = _user and (_tenant is null or j.tenant_id = _tenant)
    and j.state in ('waiting', 'running') order by j.tenant_id, j.id for update;
  update app.background_job j set state = 'cancelled', cancel_at = now(), finished_at = now()
    where j.asked_by = _user and (_tenant is null or j.tenant_id = _tenant) and j.state = 'waiting';
  update app.background_job j set cancel_at = now()
    where j.asked_by = _user and (_tenant is null or j.tenant_id = _tenant) and j.state = 'running' and j.cancel_at is null;
end
$$;

-- Cancels one's own jobs, when one ends every other session: somebody else may have asked for them.
create function gate.cancel_own_jobs() returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  perform gate.cancel_jobs_of(app.actor(), null);
end
$$;
grant execute on function gate.cancel_own_jobs() to kipimo_account;

-- Ends the sessions of a member of this organisation, and what they asked for in it; answers whose they were.
create or replace function gate.end_sessions(_membership uuid) returns uuid
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _tenant uuid := app.tenant();
  _user uuid;
begin
  select m.user_id into _user from app.membership m where m.tenant_id = _tenant and m.id = _membership and m.revoked_at is null;
  if found then
    -- one that goes on under another id just now is waited for, and ends too
    perform from auth.user_account where id = _user for update;
    update auth.session set revoked_at = coalesce(revoked_at, now()), superseded = false
      where user_id = _user and (revoked_at is null or superseded);
    perform gate.cancel_jobs_of(_user, _tenant);
  end if;
  return _user;
end
$$;

-- What the clock has begun, so that of many servers one does it.
create table gate.clock (
  name text primary key check (name ~ '^[a-z_]{2,40}$'),
  begun_at timestamptz not null
);

-- Whether it is time, and this server's turn.
create function gate.begin_sweep(_name text, _minutes int) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  insert into gate.clock as s (name, begun_at) values (_name, now())
    on conflict (name) do update set begun_at = now() where s.begun_at <= now() - _minutes * interval '1 minute';
  return found;
end
$$;

-- Files of imports on which nobody decided within a day, but for those that a job is about to apply: some at a time, since each may be large.
-- Answers how many were forgotten.
create function gate.forget_import_files() returns int
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _count int;
begin
  update app.import_job i set content = null where (i.tenant_id, i.id) in (
    select k.tenant_id, k.id from app.import_job k
    where k.content is not null and k.created_at < now() - interval '1 day' and not exists (
      select from app.background_job j
      where j.tenant_id = k.tenant_id and j.kind = 'import' and j.subject_id = k.id and j.state in ('waiting', 'running'))
    order by k.created_at limit 20 for update skip locked);
  get diagnostics _count = row_count;
  return _count;
end
$$;

-- Jobs that were over a month ago. Answers how many were forgotten.
create function gate.forget_jobs() returns int
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  _old app.background_job;
  _count int := 0;
begin
  for _old in select j.* from app.background_job j where j.finished_at < now() - interval '30 days'
      order by j.finished_at limit 1000 for update skip locked loop
    delete from app.job_progress p where p.tenant_id = _old.tenant_id and p.id = _old.id;
    delete from app.background_job j where j.tenant_id = _old.tenant_id and j.id = _old.id;
    _count := _count + 1;
  end loop;
  return _count;
end
$$;

-- Files of the store that no evidence named, and when that was seen first.
create table gate.unnamed_file (
  organisation_id uuid not null,
  id uuid not null,
  found_at timestamptz not null default now(),
  primary key (organisation_id, id)
);

-- Begins a round of looking for files that no evidence names. Where the last was more than a day ago, what was seen before counts no more:
-- this database may be an older backup, which knows nothing of what was added since.
create function gate.begin_file_round() returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  update gate.clock set begun_at = now() where name = 'file_round' and begun_at > now() - interval '1 day';
  if not found then
    delete from gate.unnamed_file;
    insert into gate.clock (name, begun_at) values ('file_round', now()) on conflict (name) do update set begun_at = excluded.begun_at;
  end if;
  -- most of those are gone; of one that is not, it is counted anew
  delete from gate.unnamed_file where found_at < now() - interval '30 days';
end
$$;

-- Which of these files of an organisation are to be forgotten: no evidence names them, also none that was taken away, and that was so a week
-- ago. Null for an organisation that there is none of here.
create function gate.files_to_forget(_tenant uuid, _ids uuid[]) returns uuid[]
language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select from app.tenant t where t.id = _tenant) then
    return null;
  end if;
  delete from gate.unnamed_file f where f.organisation_id = _tenant and f.id = any (_ids)
    and exists (select from app.evidence e where e.tenant_id = _tenant and e.id = f.id);
  insert into gate.unnamed_file (organisation_id, id) select _tenant, i.id from unnest(_ids) as i(id)
    where not exists (select from app.evidence e where e.tenant_id = _tenant and e.id = i.id) on conflict (organisation_id, id) do nothing;
  return array(select f.id from gate.unnamed_file f
    where f.organisation_id = _tenant and f.id = any (_ids) and f.found_at <= now() - interval '7 days');
end
$$;

-- The projects in which a rule asks for actions.
create function gate.projects_with_rules() returns table (tenant_id uuid, project_id uuid)
language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select distinct r.tenant_id, r.project_id from app.trigger_rule r join app.tenant t on t.id = r.tenant_id and t.status = 'active'
  where r.active order by 1, 2
$$;

-- How many jobs wait and run, of all organisations together.
create function gate.count_jobs() returns table (waiting bigint, running bigint)
language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select count(*) filter (where state = 'waiting'), count(*) filter (where state = 'running')
  from app.background_job where state in ('waiting', 'running')
$$;

grant execute on function gate.take_job(uuid, int, int), gate.standing_of_job(uuid, uuid, uuid),
  gate.beat_job(uuid, uuid, uuid, int, int, int), gate.settle_job(uuid, uuid, uuid, text, text, int), gate.begin_sweep(text, int),
  gate.forget_import_files(), gate.forget_jobs(), gate.begin_file_round(), gate.files_to_forget(uuid, uuid[]), gate.projects_with_rules(), gate.count_jobs()
  to kipimo_worker;

reset role;
