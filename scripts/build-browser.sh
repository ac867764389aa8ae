#!/usr/bin/env bash
# The browser part: the islands as WebAssembly, shrunk, compressed, named by their content. Rebuilt only when they change.
. "$(dirname "$0")/common.sh"

site=$root/target/site
stamp=$(cat Cargo.lock Cargo.toml app/Cargo.toml app/src/lib.rs src/lib.rs app/src/islands/* scripts/build-browser.sh | sha256sum | cut -c1-16)
if [ -f "$site/pkg/$stamp.stamp" ]; then
  exit 0
fi
say "building the browser part"
cargo build --quiet --profile wasm-release --target wasm32-unknown-unknown --lib -p kipimo
wasm=$root/target/wasm32-unknown-unknown/wasm-release/kipimo.wasm
name=kipimo-$(sha256sum "$wasm" | cut -c1-12)
fresh=$site/pkg.new
rm -rf "$fresh"
mkdir -p "$fresh"
wasm-bindgen --target web --no-typescript --out-name "$name" --out-dir "$fresh" "$wasm"
npm_packages scripts/browser
# only what rustc emits: with more, browsers refuse the file
scripts/browser/node_modules/.bin/wasm-opt -Oz --strip-debug --strip-producers --enable-bulk-memory --enable-sign-ext --enable-nontrapping-float-to-int \
  --enable-mutable-globals --enable-reference-types --enable-multivalue --enable-bulk-memory-opt \
  "$fresh/${name}_bg.wasm" -o "$fresh/${name}_bg.wasm"
node -e '
  const fs = require("fs"), zlib = require("zlib"), path = require("path");
  for (const file of fs.readdirSync(process.argv[1])) {
    const full = path.join(process.argv[1], file);
    if (!fs.statSync(full).isFile()) continue;
    fs.writeFileSync(full + ".br", zlib.brotliCompressSync(fs.readFileSync(full), { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 11 } }));
  }' "$fresh"
touch "$fresh/$stamp.stamp"
rm -rf "$site/pkg"
mv "$fresh" "$site/pkg"
say "browser part: $(stat -c %s "$site/pkg/${name}_bg.wasm.br") bytes compressed"
