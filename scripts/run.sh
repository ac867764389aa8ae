#!/usr/bin/env bash
. "$(dirname "$0")/common.sh"

say "starting"
exec target/release/kipimo serve --demo
