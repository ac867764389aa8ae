#!/usr/bin/env bash
# target/release/kipimo and the site beside it.
. "$(dirname "$0")/common.sh"

scripts/ensure-system.sh
scripts/ensure-rust.sh
scripts/build-browser.sh
scripts/iati-schemas.sh
say "building the server"
cargo build --release --quiet
