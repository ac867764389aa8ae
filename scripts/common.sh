# Shared by the scripts: where we are, and how progress is told.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
tools=$root/target/tools
# wasm-bindgen and nextest are installed under target/tools, beside the build that needs them
export PATH="$tools/bin:$HOME/.cargo/bin:$PATH"
# queries are checked against .sqlx; a database is needed only to prepare it
export SQLX_OFFLINE=true
unset DATABASE_URL

say() { printf '==> %s\n' "$*"; }
fail() { printf 'kipimo: %s\n' "$*" >&2; exit 1; }
