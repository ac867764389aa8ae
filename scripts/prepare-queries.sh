#!/usr/bin/env bash
# Writes what the compiler knows of every query to a directory: .sqlx, or the one named.
. "$(dirname "$0")/common.sh"

out=${1:-$root/.sqlx}
rm -rf "$out"
mkdir -p "$out"
unset SQLX_OFFLINE
touch server/src/lib.rs
SQLX_OFFLINE_DIR=$out scripts/throwaway-postgres.sh env -u SQLX_OFFLINE cargo check --quiet -p server
touch server/src/lib.rs
