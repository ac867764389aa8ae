-- An import may be of a register too: the organisation's places, the budget of a project, the targets of its indicators. Places belong to no
-- project. How many people live in a place comes with its list.
set role kipimo_owner;

alter table app.import_job drop constraint import_job_kind_check,
  add constraint import_job_kind_check check (kind in ('values', 'framework', 'locations', 'budget', 'targets')),
  alter column project_id drop not null,
  add constraint import_job_belongs check ((project_id is null) = (kind = 'locations'));

alter table app.location add column population int check (population >= 0);

reset role;
