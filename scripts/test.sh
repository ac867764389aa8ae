#!/usr/bin/env bash
# Everything that is checked: form, lints, rules, database, pages, browser. CI runs the same.
. "$(dirname "$0")/common.sh"

scripts/ensure-system.sh chromium oathtool python3
scripts/ensure-rust.sh
say "format"
cargo fmt --all --check
say "lints"
cargo clippy --quiet --workspace --all-targets -- -D warnings
say "queries"
scripts/prepare-queries.sh "$root/target/sqlx-check"
diff -r "$root/target/sqlx-check" .sqlx >/dev/null || fail "the queries have changed: run make prepare-queries and commit .sqlx"
say "schema"
scripts/lint-schema.sh
scripts/build-browser.sh
scripts/iati-schemas.sh
say "tests"
# one process: its tests share one PostgreSQL, with a database each
cargo test --workspace --quiet
cargo build --quiet
say "the API"
scripts/check-api.sh
if [ -f end2end/package.json ]; then
  say "browser"
  npm_packages end2end
  # with JavaScript and without it, each on a stage of its own: two processors are kept busy
  walk() { (cd end2end && CHROMIUM=$(command -v chromium) KIPIMO_STAGE=$2 npx playwright test --project "$1" >"$root/target/walks-$1.log" 2>&1); }
  walk script 0 & with=$!
  walk no-script 1 & without=$!
  faults=0
  wait "$with" || faults=1
  wait "$without" || faults=1
  cat "$root/target/walks-script.log" "$root/target/walks-no-script.log"
  [ "$faults" -eq 0 ] || fail "a walk failed"
fi
say "all is well"
