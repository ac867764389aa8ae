-- Where a place lies, for the map of a dashboard. Degrees of WGS 84.
set role kipimo_owner;

alter table app.location
  add column lat numeric(8, 6) check (lat between -90 and 90),
  add column lon numeric(9, 6) check (lon between -180 and 180),
  add constraint location_lies check ((lat is null) = (lon is null));

reset role;
