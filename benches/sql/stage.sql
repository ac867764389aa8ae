-- The stage: organisations × 20 projects × 50 indicators × 24 months, written past the triggers but under every
-- constraint that a table states. The first organisation is the demonstration's, whose people sign in.
-- Variables: orgs, indicators.
\set ON_ERROR_STOP on
begin;
set local session_replication_role = replica;

create schema bench;

-- An id that pgbench can name too: a kind and a number.
create function bench.id(_kind int, _n bigint) returns uuid language sql immutable parallel safe
return (lpad(to_hex(_kind), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(_n), 12, '0'))::uuid;

create table bench.person as
  select split_part(email, '@', 1) as who, id from auth.user_account where email like '%@amani.test';

create table bench.organisation as
  select 1 as n, id as tenant_id, slug from app.tenant where slug = 'amani-wash'
  union all select n, bench.id(1, n), 'bench-' || n from generate_series(2, :orgs) n;
insert into app.tenant (id, slug, name)
  select tenant_id, slug, 'Organisation ' || n from bench.organisation where n > 1;
-- the MEAL officer belongs to all of them, so that one cookie opens each
insert into app.membership (tenant_id, id, user_id, roles, accepted_at)
  select o.tenant_id, bench.id(2, o.n), p.id, '{meal_officer}', now()
  from bench.organisation o, bench.person p where o.n > 1 and p.who = 'meal';

create table bench.project as
  select o.tenant_id, o.slug, (o.n - 1) * 20 + p as n, bench.id(3, (o.n - 1) * 20 + p) as id, 'bench-' || p as code
  from bench.organisation o, generate_series(1, 20) p;
insert into app.project (tenant_id, id, code, title, summary, start_date, end_date, generated_data)
  select tenant_id, id, code, 'Project ' || n || ' for water points that last', 'Repairs, training and inspections in one district.',
    '2024-01-01', '2026-12-31', true
  from bench.project;
insert into app.project_member (tenant_id, id, project_id, membership_id, role)
  select p.tenant_id, bench.id(4, p.n), p.id, m.id, 'meal_officer'
  from bench.project p join app.membership m on m.tenant_id = p.tenant_id
  join bench.person w on w.id = m.user_id and w.who = 'meal';

-- a goal with four outcomes
insert into app.result_node (tenant_id, id, project_id, parent_id, level, number, title, sort)
  select tenant_id, bench.id(5, n * 10), id, null, 0, '1', 'Families live in health', 0 from bench.project;
insert into app.result_node (tenant_id, id, project_id, parent_id, level, number, title, sort)
  select tenant_id, bench.id(5, n * 10 + k), id, bench.id(5, n * 10), 1, '1.' || k, 'Outcome ' || k || ' that people can rely on', k
  from bench.project, generate_series(1, 4) k;

create table bench.indicator as
  select p.tenant_id, p.id as project_id, p.n as project, i, p.n * 1000 + i as n, bench.id(6, p.n * 1000 + i) as id, i % 5 = 0 as fraction
  from bench.project p, generate_series(1, :indicators) i;
insert into app.indicator (tenant_id, id, project_id, result_node_id, code, title, kind, unit, decimals, direction, accumulation,
    agg_within, agg_locations, agg_periods, baseline_value, frequency, sort)
  select tenant_id, id, project_id, bench.id(5, project * 10 + 1 + i % 4), 'ind_' || i, 'Indicator ' || i || ' of the district’s water points',
    case when fraction then 'percentage' else 'number' end, case when fraction then '%' else 'people' end,
    case when fraction then 1 else 0 end, 'increase', 'non_cumulative', 'sum',
    case when fraction then 'ratio' else 'sum' end, case when fraction then 'ratio_of_sums' else 'sum' end, 0, 'monthly', i
  from bench.indicator;

create table bench.period as
  select p.tenant_id, p.id as project_id, p.n as project, m, bench.id(7, p.n * 100 + m) as id,
    (date '2024-01-01' + (m - 1) * interval '1 month')::date as first, (date '2024-01-01' + m * interval '1 month')::date - 1 as last
  from bench.project p, generate_series(1, 24) m;
insert into app.reporting_period (tenant_id, id, project_id, kind, name, start_date, end_date)
  select tenant_id, id, project_id, 'monthly', to_char(first, 'YYYY-MM'), first, last from bench.period;
insert into app.period_submission (tenant_id, id, project_id, period_id, status)
  select tenant_id, bench.id(8, project * 100 + m), project_id, id, case when m > 22 then 'in_progress' else 'verified' end from bench.period;

-- the last two months are drafts; what counts stands in the rollup
create table bench.figure as
  select i.tenant_id, i.project_id, i.id as indicator_id, p.id as period_id, p.first, p.last, i.n * 100 + p.m as n, p.m > 22 as draft,
    i.fraction, 100 + (i.n * 37 + p.m * 17) % 300 as part, 400 as whole, 300 as target
  from bench.indicator i join bench.period p on p.project = i.project;
insert into app.indicator_value (tenant_id, id, project_id, indicator_id, period_id, value, num, den, status, submitted_by, submitted_at,
    verified_by, verified_at, created_by)
  select f.tenant_id, bench.id(9, f.n), f.project_id, f.indicator_id, f.period_id,
    case when not f.fraction then f.part end, case when f.fraction then f.part end, case when f.fraction then f.whole end,
    case when f.draft then 'draft' else 'verified' end,
    case when not f.draft then field.id end, case when not f.draft then now() end,
    case when not f.draft then meal.id end, case when not f.draft then now() end, field.id
  from bench.figure f, bench.person field, bench.person meal
  where field.who = 'field' and meal.who = 'meal';
insert into app.target (tenant_id, id, project_id, indicator_id, period_id, value)
  select tenant_id, bench.id(10, n), project_id, indicator_id, period_id, case when fraction then 90 else target end from bench.figure;
insert into app.period_rollup (tenant_id, project_id, indicator_id, period_id, period_start, period_end, actual, num, den, provisional,
    provisional_num, provisional_den, target, achievement, locations, new_data, inputs_hash)
  select tenant_id, project_id, indicator_id, period_id, first, last, shown, num, den, shown, num, den, goal, shown * 100 / goal,
    case when draft then 0 else 1 end, not draft, sha256('generated')
  from (
    select f.*, case when draft then null when fraction then part * 100.0 / whole else part end as shown,
      case when fraction and not draft then part end as num, case when fraction and not draft then whole end as den,
      case when fraction then 90 else target end as goal
    from bench.figure f
  ) f;

-- the wide table: 200 indicators × 12 months × 10 places in one project
insert into app.project (tenant_id, id, code, title, start_date, end_date, generated_data)
  select tenant_id, bench.id(3, 0), 'bench-wide', 'A wide tracking table', '2025-01-01', '2025-12-31', true
  from bench.organisation where n = 1;
insert into app.project_member (tenant_id, id, project_id, membership_id, role)
  select o.tenant_id, bench.id(4, 0), bench.id(3, 0), m.id, 'meal_officer'
  from bench.organisation o join app.membership m on m.tenant_id = o.tenant_id
  join bench.person w on w.id = m.user_id and w.who = 'meal' where o.n = 1;
insert into app.location (tenant_id, id, name, code)
  select tenant_id, bench.id(11, l), 'District ' || l, 'bench-' || l from bench.organisation, generate_series(1, 10) l where n = 1;
insert into app.project_location (tenant_id, id, project_id, location_id)
  select tenant_id, bench.id(12, l), bench.id(3, 0), bench.id(11, l) from bench.organisation, generate_series(1, 10) l where n = 1;
insert into app.indicator (tenant_id, id, project_id, code, title, kind, unit, direction, accumulation, agg_within, agg_locations,
    agg_periods, frequency, sort)
  select tenant_id, bench.id(6, i), bench.id(3, 0), 'wide_' || i, 'Indicator ' || i || ' of the wide table', 'number', 'people', 'increase',
    'non_cumulative', 'sum', 'sum', 'sum', 'monthly', i
  from bench.organisation, generate_series(1, 200) i where n = 1;
insert into app.reporting_period (tenant_id, id, project_id, kind, name, start_date, end_date)
  select tenant_id, bench.id(7, m), bench.id(3, 0), 'monthly', to_char(first, 'YYYY-MM'), first, last
  from bench.period where project = 1 and m > 12;
create table bench.wide as
  select o.tenant_id, i, p.id as shown_period, bench.id(7, p.m) as period_id, p.first, p.last, l, (i * 100 + p.m) * 100 + l as n, 50 + (i * 7 + p.m * 3 + l) % 90 as part
  from bench.organisation o, generate_series(1, 200) i, generate_series(1, 10) l, bench.period p
  where o.n = 1 and p.project = 1 and p.m > 12;
insert into app.indicator_value (tenant_id, id, project_id, indicator_id, period_id, location_id, value, status, submitted_by, submitted_at,
    verified_by, verified_at, created_by)
  select w.tenant_id, bench.id(13, w.n), bench.id(3, 0), bench.id(6, w.i), w.period_id, bench.id(11, w.l), w.part, 'verified', field.id, now(),
    meal.id, now(), field.id
  from bench.wide w, bench.person field, bench.person meal where field.who = 'field' and meal.who = 'meal';
insert into app.period_rollup (tenant_id, project_id, indicator_id, period_id, location_id, period_start, period_end, actual, provisional,
    locations, new_data, inputs_hash)
  select tenant_id, bench.id(3, 0), bench.id(6, i), period_id, bench.id(11, l), first, last, sum(part), sum(part), count(*), true, sha256('generated')
  from bench.wide group by grouping sets ((tenant_id, i, period_id, first, last, l), (tenant_id, i, period_id, first, last));

-- about 2,000 donor links, spread over the organisations
insert into app.report (tenant_id, id, project_id, period_from, period_to, frequency, title, status)
  select tenant_id, bench.id(14, n), bench.id(3, (n - 1) * 20 + 1), '2024-01-01', '2024-12-31', 'annual', 'Water in 2024', 'published'
  from bench.organisation;
insert into app.report_snapshot (tenant_id, id, project_id, report_id, version, content, sha256, published_by, signature, key_id)
  select o.tenant_id, bench.id(15, o.n), bench.id(3, (o.n - 1) * 20 + 1), bench.id(14, o.n), 1, '{}', sha256('{}'), p.id,
    sha256('s') || sha256('t'), repeat('0', 32)
  from bench.organisation o, bench.person p where p.who = 'meal';
insert into app.donor_link (tenant_id, id, project_id, snapshot_id, public_id, secret_hash, recipient_name, rolling_until, hard_until)
  select tenant_id, bench.id(16, n * 10000 + k), bench.id(3, (n - 1) * 20 + 1), bench.id(15, n), 'bench' || lpad((n * 10000 + k)::text, 11, '0'),
    sha256(convert_to('secret of ' || (n * 10000 + k), 'UTF8')), 'A donor', now() + interval '90 days', now() + interval '365 days'
  from bench.organisation, generate_series(1, ceil(2000.0 / :orgs)::int) k;

drop table bench.figure, bench.wide;

-- what pgbench writes to: the same writes to plain tables, as durable as the server's
create table bench.value (id int primary key, value numeric(24, 6) not null, row_version int not null default 1);
insert into bench.value (id, value) select n, n from generate_series(1, 1000) n;
create table bench.change (id bigint generated always as identity primary key, at timestamptz not null default now(), value_id int not null,
  actor uuid not null, old numeric(24, 6), new numeric(24, 6));
create table bench.link (id int primary key, public_id text not null unique, secret_hash bytea not null, snapshot_id uuid not null);
insert into bench.link
  select n, 'bench' || lpad(n::text, 11, '0'), sha256(convert_to('secret of ' || n, 'UTF8')), bench.id(15, 1) from generate_series(1, 2000) n;
create table bench.visit (id uuid primary key, link_id int not null, secret_hash bytea not null unique, expires_at timestamptz not null);
create table bench.opening (id uuid primary key, link_id int not null, at timestamptz not null default now(), outcome text not null);
create index on bench.opening (link_id, at desc);
create table bench.cell (indicator_id uuid not null, period_id uuid not null, location_id uuid, value numeric(24, 6));
commit;

vacuum (analyze);
checkpoint;
