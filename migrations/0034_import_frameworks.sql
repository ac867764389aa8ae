-- An import may be of a results framework too: results, indicators and targets of a sheet, all of them or none.
set role kipimo_owner;

alter table app.import_job drop constraint import_job_kind_check,
  add constraint import_job_kind_check check (kind in ('values', 'framework'));

reset role;
