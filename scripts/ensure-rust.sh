#!/usr/bin/env bash
# The toolchain's browser target, and wasm-bindgen at the version of Cargo.lock.
. "$(dirname "$0")/common.sh"

command -v cargo >/dev/null || fail "please install Rust with rustup: https://rustup.rs"
if [ ! -d "$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown" ]; then
  say "adding the target wasm32-unknown-unknown"
  rustup target add wasm32-unknown-unknown
fi
wanted=$(sed -n '/^name = "wasm-bindgen"$/{n;s/version = "\(.*\)"/\1/p}' Cargo.lock)
have=$("$tools/bin/wasm-bindgen" --version 2>/dev/null | cut -d' ' -f2 || true)
if [ "$have" != "$wanted" ]; then
  say "installing wasm-bindgen $wanted (a few minutes, once)"
  cargo install --quiet wasm-bindgen-cli --version "$wanted" --root "$tools"
fi
