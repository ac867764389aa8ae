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

# npm's packages of a directory, as its lock file names them; Debian's Chromium is used, so no browser is fetched
npm_packages() {
  [ "$1/node_modules/.package-lock.json" -nt "$1/package-lock.json" ] && return
  PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --silent --no-audit --no-fund --prefix "$1"
}

# A Python environment, made anew: one that was left half-made has no pip, and is not mended by making it again.
python_environment() {
  python3 -m venv --clear "$1"
  [ -x "$1/bin/pip" ] || "$1/bin/python" -m ensurepip --upgrade --default-pip >/dev/null
}

say() { printf '==> %s\n' "$*"; }
fail() { printf 'kipimo: %s\n' "$*" >&2; exit 1; }
