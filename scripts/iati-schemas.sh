#!/usr/bin/env bash
# Fetches the schema of IATI 2.03 into target/iati, where exports are checked with it. Without it only drafts are offered.
. "$(dirname "$0")/common.sh"

out=$root/target/iati
[ -e "$out/iati-activities-schema.xsd" ] && exit 0
# the standard's own package, as PyPI keeps it
package=https://files.pythonhosted.org/packages/d3/50/ec9cb99b3fc19b7ab86222a24589866b76fed32ed9009590749afb1743d7/pyIATI-0.4.1.tar.gz
sum=b6f8f0d596746bd774ed3e84cdad50dfa7dd501ac70e6399f2bb0244bfd5b0ef
folder=pyIATI-0.4.1/iati/resources/standard/2-03/schemas

say "fetching the IATI schema"
mkdir -p "$root/target"
fresh=$(mktemp -d "$root/target/iati.XXXXXX")
trap 'rm -rf "$fresh"' EXIT
if ! curl --silent --fail --location --proto =https --max-filesize 10000000 --max-time 120 --retry 2 \
  --output "$fresh/package" "$package" || ! sha256sum --check --status <<<"$sum  $fresh/package"; then
  say "the IATI schema could not be fetched: exports are drafts until this script has succeeded"
  exit 0
fi
mkdir "$fresh/iati"
tar --extract --gzip --file "$fresh/package" --directory "$fresh/iati" --strip-components=6 --no-same-owner \
  "$folder"/{iati-activities-schema,iati-common,xml}.xsd
chmod 755 "$fresh/iati"
rm -rf "$out"
mv "$fresh/iati" "$out"
