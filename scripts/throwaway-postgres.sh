#!/usr/bin/env bash
# Runs a command with DATABASE_URL set to a throw-away PostgreSQL that has the roles and all migrations.
. "$(dirname "$0")/common.sh"

bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
dir=$(mktemp -d /tmp/kipimo-pg.XXXXXX)
as=()
if [ "$(id -u)" -eq 0 ]; then
  chown postgres "$dir"
  as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
fi
stop() {
  (cd / && "${as[@]}" "$bin/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1) || true
  rm -rf "$dir"
}
trap stop EXIT
(cd / && "${as[@]}" "$bin/initdb" -D "$dir/data" -U postgres -A trust --encoding=UTF8 --locale=C >/dev/null)
(cd / && "${as[@]}" "$bin/pg_ctl" -D "$dir/data" -o "-k $dir -c listen_addresses= -c fsync=off" -l "$dir/log" -w start >/dev/null)
sql=(psql -q -h "$dir" -U postgres -v ON_ERROR_STOP=1)
"${sql[@]}" -d postgres -c 'create database kipimo'
"${sql[@]}" -d kipimo -f server/src/db/bootstrap.sql -c 'grant create on database kipimo to kipimo_owner, kipimo_gate' 2>/dev/null
for migration in migrations/*.sql; do
  "${sql[@]}" -d kipimo --single-transaction -f "$migration"
done
DATABASE_URL="postgres://postgres@localhost/kipimo?host=$dir" "$@"
