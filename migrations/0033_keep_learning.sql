-- What a project learns: questions that it asks itself, lessons and decisions, what is done about them, by whom and until when, and rules
-- that ask for such an action where an indicator stays off track.
set role kipimo_owner;

create table app.learning_question (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  project_id uuid not null,
  question text not null check (length(question) between 3 and 500),
  why text not null default '' check (length(why) <= 4000),
  method text not null default '' check (length(method) <= 4000),
  status text not null default 'open' check (status in ('open', 'answered', 'dropped')),
  answer text not null default '' check (length(answer) <= 4000),
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  updated_at timestamptz not null default now(),
  updated_by uuid,
  row_version int not null default 1,
  primary key (tenant_id, id),
  unique (tenant_id, project_id, id),
  foreign key (tenant_id, project_id) references app.project (tenant_id, id),
  check (status <> 'answered' or answer <> '')
);

create table app.learning_entry (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  project_id uuid not null,
  kind text not null check (kind in ('lesson', 'good_practice', 'failure', 'decision', 'after_action')),
  on_day date not null,
  what_happened text not null check (length(what_happened) between 1 and 4000),
  why text not null default '' check (length(why) <= 4000),
  implication text not null default '' check (length(implication) <= 4000),
  result_node_id uuid,
  indicator_id uuid,
  question_id uuid,
  -- read beyond the project, by who reads lessons of the whole organisation
  shared boolean not null default false,
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  updated_at timestamptz not null default now(),
  updated_by uuid,
  row_version int not null default 1,
  primary key (tenant_id, id),
  unique (tenant_id, project_id, id),
  foreign key (tenant_id, project_id) references app.project (tenant_id, id),
  foreign key (tenant_id, project_id, result_node_id) references app.result_node (tenant_id, project_id, id),
  foreign key (tenant_id, project_id, indicator_id) references app.indicator (tenant_id, project_id, id),
  foreign key (tenant_id, project_id, question_id) references app.learning_question (tenant_id, project_id, id)
);
create index learning_entry_by_day on app.learning_entry (tenant_id, project_id, on_day desc);
create index learning_entry_by_question on app.learning_entry (tenant_id, question_id) where question_id is not null;

-- A rule asks for an action where an indicator (none named: any that has no rule of its own) was off track in so many periods in a row.
create table app.trigger_rule (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  project_id uuid not null,
  indicator_id uuid,
  periods int not null check (periods between 1 and 4),
  owner_id uuid not null,
  days int not null check (days between 1 and 365),
  active boolean not null default true,
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  updated_at timestamptz not null default now(),
  updated_by uuid,
  row_version int not null default 1,
  primary key (tenant_id, id),
  unique (tenant_id, project_id, id),
  foreign key (tenant_id, project_id) references app.project (tenant_id, id),
  foreign key (tenant_id, project_id, indicator_id) references app.indicator (tenant_id, project_id, id),
  foreign key (tenant_id, owner_id) references app.membership (tenant_id, user_id)
);
create unique index trigger_rule_once on app.trigger_rule (tenant_id, project_id, indicator_id) nulls not distinct where active;

create table app.adaptation_action (
  tenant_id uuid not null default app.tenant() references app.tenant (id),
  id uuid not null,
  project_id uuid not null,
  entry_id uuid,
  indicator_id uuid,
  title text not null check (length(title) between 1 and 200),
  owner_id uuid not null,
  due_on date not null,
  status text not null default 'open' check (status in ('open', 'in_progress', 'done', 'dropped')),
  outcome_note text not null default '' check (length(outcome_note) <= 4000),
  -- who said that it is done
  done_by uuid,
  verified_by uuid,
  verified_at timestamptz,
  self_verified boolean not null default false,
  source text not null default 'person' check (source in ('person', 'rule')),
  rule_id uuid,
  -- the last period in which the indicator was off track
  period_id uuid,
  created_at timestamptz not null default now(),
  created_by uuid default app.actor(),
  updated_at timestamptz not null default now(),
  updated_by uuid,
  row_version int not null default 1,
  primary key (tenant_id, id),
  foreign key (tenant_id, project_id) references app.project (tenant_id, id),
  foreign key (tenant_id, project_id, entry_id) references app.learning_entry (tenant_id, project_id, id),
  foreign key (tenant_id, project_id, indicator_id) references app.indicator (tenant_id, project_id, id),
  foreign key (tenant_id, project_id, rule_id) references app.trigger_rule (tenant_id, project_id, id),
  foreign key (tenant_id, project_id, period_id) references app.reporting_period (tenant_id, project_id, id),
  foreign key (tenant_id, owner_id) references app.membership (tenant_id, user_id),
  check ((source = 'rule') = (rule_id is not null)),
  check (source <> 'rule' or (indicator_id is not null and period_id is not null)),
  check ((status = 'done') = (done_by is not null)),
  check (status not in ('done', 'dropped') or outcome_note <> ''),
  check ((verified_by is null) = (verified_at is null)),
  check (verified_by is null or status = 'done'),
  -- nobody confirms what was theirs to do, or what they reported, unless it says so on its face
  check (verified_by is null or self_verified or (verified_by <> owner_id and verified_by <> done_by))
);
-- a rule asks once for each last period off track
create unique index adaptation_action_once on app.adaptation_action (tenant_id, indicator_id, period_id) where source = 'rule';
create index adaptation_action_by_project on app.adaptation_action (tenant_id, project_id, due_on);
create index adaptation_action_by_owner on app.adaptation_action (tenant_id, owner_id, due_on) where status in ('open', 'in_progress');
create index adaptation_action_by_entry on app.adaptation_action (tenant_id, entry_id) where entry_id is not null;

do $$
declare
  _t text;
begin
  foreach _t in array array['learning_question', 'learning_entry', 'trigger_rule', 'adaptation_action'] loop
    execute format('call app.protect(%L)', 'app.' || _t);
    execute format('call app.keep_to_programmes(%L, %L)', 'app.' || _t, 'project_id = any ((select gate.projects_in_scope())::uuid[])');
    execute format('call app.watch(%L)', 'app.' || _t);
    execute format('grant select, insert, update on app.%I to kipimo_tenant', _t);
  end loop;
end
$$;

reset role;
