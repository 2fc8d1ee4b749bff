#!/usr/bin/env bash
# app.sh - what the machines of the matrix run, as an image: Node, this checkout's program and sources, the packages that they need.
#
# Usage:   app.sh IMAGE       made anew where any of it has changed since
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
here=$root/test/kernel
cd "$root"
sum=$({ find src scripts/vite.config.ts tsconfig*.json bpf test/lab test/kernel package-lock.json -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum; } | sha256sum)
if [ -f "$1" ] && [ "$(cat "$1.sum" 2>/dev/null)" = "$sum" ]; then exit 0; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/bin "$work"/test
cp "$(readlink -f node_modules/.bin/node)" "$work/bin/node"
cp -r package.json src dist bpf "$work"
cp -r test/lab test/kernel "$work/test"
rm -rf "$work/src/viewer" "$work/dist/viewer" "$work/src/sources/replay/"*.zst "$work/test/lab/demo"
modules=$(readlink -f node_modules)
(cd "$modules/.." && npm ls --omit=dev --all --parseable) | grep "/node_modules/" | grep -v 'node_modules/node-linux' |
  sed "s|^$modules/||" | tar -C "$modules" -T - -cf - | { mkdir "$work/node_modules" && tar -C "$work/node_modules" -xf -; }
"$here/image.sh" "$work" "$1"
echo "$sum" >"$1.sum"
