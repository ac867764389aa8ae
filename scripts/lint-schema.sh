#!/usr/bin/env bash
# Lints roles and policies with pgrls. What it flags on purpose is listed in pgrls.toml, each with its reason.
. "$(dirname "$0")/common.sh"

venv=$root/target/venv
if [ ! -x "$venv/bin/pgrls" ]; then
  say "installing pgrls"
  python_environment "$venv"
  "$venv/bin/pip" install --quiet pgrls==0.57.1
fi
scripts/throwaway-postgres.sh "$venv/bin/pgrls" lint "$@"
