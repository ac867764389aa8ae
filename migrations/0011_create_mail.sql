-- Mail that waits to be sent, and what people are told about their accounts.
set role kipimo_owner;

-- A mail holds an address and perhaps a one-time secret: it is sealed with the key of who it concerns, and what was sent is gone.
create table auth.mail (
  id uuid primary key,
  owner_id uuid not null,                     -- whose data key sealed it: a person's or an organisation's
  sealed bytea not null check (octet_length(sealed) <= 16384),
  attempts int not null default 0,
  due_at timestamptz not null default now(),
  created_at timestamptz not null default now()
);
create index mail_by_due on auth.mail (due_at);
call auth.protect('auth.mail', 'owner_id', 'kipimo_mail');
create policy sends on auth.mail for all to kipimo_mail
  using (current_user = 'kipimo_mail') with check (current_user = 'kipimo_mail');
grant insert on auth.mail to kipimo_account, kipimo_gate;
grant select, delete, update (attempts, due_at) on auth.mail to kipimo_mail;

-- The same news, kept where the person reads it after signing in.
create table auth.notice (
  id uuid primary key,
  user_id uuid not null references auth.user_account (id) on delete cascade,
  kind text not null check (kind ~ '^[a-z_]{2,40}$'),
  agent text check (length(agent) <= 256),
  at timestamptz not null default now(),
  read_at timestamptz
);
create index notice_by_user on auth.notice (user_id, at desc);
call auth.protect('auth.notice', 'user_id');
grant select, insert, update (read_at) on auth.notice to kipimo_account;
grant usage on schema app, auth to kipimo_mail;
grant execute on function app.actor() to kipimo_mail;   -- its policies name it

set role kipimo_gate;
grant usage on schema gate to kipimo_mail;
grant execute on function gate.data_key(uuid, bytea) to kipimo_mail;
reset role;
