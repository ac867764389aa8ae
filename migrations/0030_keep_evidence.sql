-- Evidence: files on a value, a result or a report. The content lies in the file store, sealed; the row says what it is.
set role kipimo_owner;

create table app.evidence (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  project_id uuid not null,
  value_id uuid,
  result_node_id uuid,
  report_id uuid,
  filename text not null check (length(filename) between 1 and 200),
  -- what the bytes are, not what the sender said
  mime text not null check (mime in ('image/jpeg', 'image/png', 'application/pdf', 'text/plain', 'text/csv',
    'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    'application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'application/vnd.oasis.opendocument.text')),
  bytes int not null check (bytes > 0),
  sha256 bytea not null check (octet_length(sha256) = 32),
  title text not null default '' check (length(title) <= 200),
  taken_on date,
  consent text not null check (consent in ('not_needed', 'obtained', 'missing')),
  donor_visible boolean not null default false,
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  updated_at timestamptz not null default now(),
  updated_by uuid,
  row_version int not null default 1,
  deleted_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, project_id) references app.project (tenant_id, id),
  foreign key (tenant_id, value_id) references app.indicator_value (tenant_id, id),
  foreign key (tenant_id, project_id, result_node_id) references app.result_node (tenant_id, project_id, id),
  foreign key (tenant_id, project_id, report_id) references app.report (tenant_id, project_id, id),
  check (num_nonnulls(value_id, result_node_id, report_id) = 1),
  -- nobody who did not agree is shown outside
  check (not donor_visible or consent <> 'missing')
);
create index evidence_by_project on app.evidence (tenant_id, project_id, created_at desc) where deleted_at is null;
create index evidence_by_value on app.evidence (tenant_id, value_id) where value_id is not null and deleted_at is null;

-- A value is of the project that its evidence says.
create function app.evidence_of_project() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  if new.value_id is not null and not exists (
    select from app.indicator_value v where v.tenant_id = new.tenant_id and v.id = new.value_id and v.project_id = new.project_id
  ) then
    raise exception 'evidence of another project''s value' using errcode = 'foreign_key_violation';
  end if;
  return null;
end
$$;
create trigger evidence_of_project after insert on app.evidence for each row execute function app.evidence_of_project();

call app.protect('app.evidence');
call app.keep_to_programmes('app.evidence', 'project_id = any ((select gate.projects_in_scope())::uuid[])');
call app.watch('app.evidence');
grant select, insert, update on app.evidence to kipimo_tenant;
grant execute on function app.evidence_of_project() to kipimo_tenant;

grant select (tenant_id, bytes, deleted_at) on app.evidence to kipimo_gate;

set role kipimo_gate;
-- What an organisation's evidence takes, whatever of it the one who asks may see.
create function gate.evidence_bytes() returns bigint
language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select coalesce(sum(e.bytes::bigint), 0)::bigint from app.evidence e where e.tenant_id = app.tenant() and e.deleted_at is null
$$;
revoke execute on function gate.evidence_bytes() from public;
grant execute on function gate.evidence_bytes() to kipimo_tenant;

reset role;
