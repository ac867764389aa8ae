#!/usr/bin/env bash
# Pages against the same SQL in pgbench, in one run: a table, and target/bench/*.json. KIPIMO_BENCH_QUICK=1 for four minutes.
. "$(dirname "$0")/common.sh"

scripts/ensure-system.sh wrk python3
exec python3 -B benches/bench.py
