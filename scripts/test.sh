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
  (cd end2end && CHROMIUM=$(command -v chromium) npx playwright test)
fi
say "all is well"
