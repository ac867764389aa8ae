#!/usr/bin/env bash
# Writes what the compiler knows of every query to a directory: .sqlx, or the one named. A failure leaves it as it was.
. "$(dirname "$0")/common.sh"

out=${1:-$root/.sqlx}
mkdir -p "$root/target"
fresh=$(mktemp -d "$root/target/sqlx.XXXXXX")
trap 'rm -rf "$fresh"' EXIT
unset SQLX_OFFLINE
touch server/src/lib.rs
SQLX_OFFLINE_DIR=$fresh scripts/throwaway-postgres.sh env -u SQLX_OFFLINE cargo check --quiet -p server
touch server/src/lib.rs
rm -rf "$out"
chmod 755 "$fresh"
mv "$fresh" "$out"
