#!/usr/bin/env bash
# Runs the shell blocks of a document one after the other, in one shell, as a reader would: the first that fails ends it.
. "$(dirname "$0")/common.sh"
awk '/^```sh$/ { inside = 1; next } /^```$/ { inside = 0 } inside' "$1" >"$root/target/tour.sh"
[ -s "$root/target/tour.sh" ] || fail "$1 has no shell blocks"
(cd "$(mktemp -d)" && bash -euo pipefail "$root/target/tour.sh" >"$root/target/tour.log" 2>&1) || { cat "$root/target/tour.log" >&2; fail "the tour of $1 fails"; }
