#!/usr/bin/env bash
# fetch.sh - Debian's stock cloud kernel of a release, unpacked.
#
# Usage:   fetch.sh RELEASE FOLDER     for example: fetch.sh bookworm .cache/kernel-matrix/kernels/6.1
# Does:    apt with lists and state of its own, so that nothing of this machine's changes; keeps vmlinuz and modules only.
#          Where the folder is there already, nothing. It appears once it is whole.
# Needs:   a mirror of Debian in this machine's own apt sources.
# Exit:    0 it is there · 1 no mirror is known · else apt's or dpkg's
set -euo pipefail
release=$1 folder=$2
[ ! -d "$folder" ] || exit 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{lists/partial,cache/archives/partial,etc,debs,tree}
: >"$work/status"
mirror=$(sed -n 's/^URIs: *//p; s/^deb \(http[^ ]*\) .*/\1/p' /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null | head -n 1 || true)
if [ -z "$mirror" ]; then
  echo 'fetch.sh: no mirror of Debian in /etc/apt/sources.list or sources.list.d/debian.sources: name one there' >&2
  exit 1
fi
keys=/usr/share/keyrings/debian-archive-keyring.gpg
echo "deb [arch=amd64 signed-by=$keys] $mirror $release main" >"$work/list"
options=(-q -o "Dir::State=$work" -o "Dir::State::status=$work/status" -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work/cache"
  -o "Dir::Etc::sourcelist=$work/list" -o Dir::Etc::sourceparts=/dev/null -o APT::Sandbox::User=root)
apt-get "${options[@]}" update >&2
# What the meta-package stands for: one package up to 6.12, an image of its own and its modules since they were split.
wanted=$(apt-cache "${options[@]}" depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
  linux-image-cloud-amd64 | grep -oE '^linux-(image|binary|modules)-[0-9][^ ]*' | sort -u)
(cd "$work/debs" && apt-get "${options[@]}" download $wanted >&2)
for package in "$work"/debs/*.deb; do dpkg-deb -x "$package" "$work/tree"; done
rm -rf "$work/tree/usr/share"
mkdir -p "$(dirname "$folder")"
rm -rf "$folder.partial"
cp -r "$work/tree" "$folder.partial"
mv "$folder.partial" "$folder"
