#!/usr/bin/env bash
# The API as programs see it, against a server of its own: its document tried call by call (schemathesis, every check), and its
# signed tokens verified by another library (PyJWT). Needs target/debug/kipimo.
. "$(dirname "$0")/common.sh"

scripts/ensure-system.sh python3 curl
venv=$root/target/venv-api
if [ ! "$venv/.installed" -nt tests/api/requirements.txt ]; then
  say "installing schemathesis"
  python_environment "$venv"
  "$venv/bin/pip" install --quiet -r tests/api/requirements.txt
  touch "$venv/.installed"
fi
export KIPIMO_LISTEN=127.0.0.1:3992 KIPIMO_INTERNAL_LISTEN=127.0.0.1:3993 KIPIMO_PUBLIC_URL=http://localhost:3992
export KIPIMO_DATA_DIR=$root/target/check-api-data
rm -rf "$KIPIMO_DATA_DIR"
target/debug/kipimo serve --demo >"$root/target/check-api.log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true' EXIT
curl --silent --fail --output /dev/null --retry 60 --retry-connrefused --retry-delay 1 "$KIPIMO_PUBLIC_URL/healthz"
token=$(target/debug/kipimo demo token pm@amani.test)
"$venv/bin/python" tests/api/tokens.py "$KIPIMO_PUBLIC_URL" "$token"
say "the tour of docs/api.md"
KIPIMO_TOKEN=$token KIPIMO_SITE=$KIPIMO_PUBLIC_URL scripts/follow-tour.sh docs/api.md
# it keeps what it found beside where it runs
cd target
"$venv/bin/schemathesis" --config-file "$root/tests/api/schemathesis.toml" run "$KIPIMO_PUBLIC_URL/api/v1/openapi.json" \
  --header "Authorization: Bearer $token" --checks all --max-examples 40 --continue-on-failure --warnings off --no-color \
  >"$root/target/check-api-report.log" || { tail -n 120 "$root/target/check-api-report.log"; fail "the API is not what its document says"; }
tail -n 12 "$root/target/check-api-report.log"
