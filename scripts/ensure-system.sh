#!/usr/bin/env bash
# Installs the Debian packages that are missing. Arguments: more commands that are wanted, e.g. chromium.
. "$(dirname "$0")/common.sh"

declare -A package_of=([cc]=build-essential [pkg-config]=pkg-config [curl]=curl [node]=nodejs [npm]=npm
  [chromium]=chromium [oathtool]=oathtool [python3]=python3)
missing=()
for command in cc curl node npm pkg-config "$@"; do
  command -v "$command" >/dev/null || missing+=("${package_of[$command]:-$command}")
done
# Debian's Python comes without what makes an environment
if [[ " $* " == *" python3 "* ]] && ! python3 -c 'import ensurepip' 2>/dev/null; then
  missing+=(python3-venv)
fi

# the checks of IATI files are bound to libxml2; its interface is read at build time
pkg-config --exists libxml-2.0 2>/dev/null || missing+=(libxml2-dev)
find /usr/lib/llvm-* -regex '.*/libclang\(-[0-9.]+\)?\.so.*' 2>/dev/null | grep -q . || missing+=(libclang-dev)

newest=0
for bin in /usr/lib/postgresql/*/bin/postgres; do
  [ -x "$bin" ] || continue
  version=$(basename "$(dirname "$(dirname "$bin")")")
  [ "$version" -ge 15 ] && newest=$version
done
[ "$newest" -ge 15 ] || missing+=(postgresql)
command -v psql >/dev/null || missing+=(postgresql-client)

[ ${#missing[@]} -eq 0 ] && exit 0
say "installing ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || fail "please install these packages as root: ${missing[*]}"
  as_root=(sudo)
fi
# Kipimo runs a cluster of its own: Debian's need not be started
if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
  "${as_root[@]}" mkdir -p /etc/postgresql-common
  echo 'create_main_cluster = false' | "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
fi
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
