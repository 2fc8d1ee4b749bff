#!/usr/bin/env bash
# image.sh - an ext4 image of a folder, made by an ordinary user's tools and never mounted here.
#
# Usage:   image.sh FOLDER IMAGE      leaves out other file systems mounted in it, manuals, translations and package lists
set -euo pipefail
work=$(mktemp -d -p "$(dirname "$2")")
trap 'rm -rf "$work"' EXIT
tar -C "$1" --one-file-system --exclude='./proc/*' --exclude='./sys/*' --exclude='./dev/*' --exclude=./usr/share/doc --exclude=./usr/share/man \
  --exclude=./usr/share/locale --exclude=./var/cache/apt --exclude=./var/lib/apt/lists --exclude='./usr/share/perl*' \
  --exclude='./usr/lib/x86_64-linux-gnu/perl*' --exclude=./usr/share/i18n -cf - . | tar -C "$work" -xf -
mkdir -p "$work"/{proc,sys,dev,app,run,tmp}
kilobytes=$(du -sk "$work" | cut -f1)
mkfs.ext4 -q -O '^has_journal' -m 0 -N 30000 -d "$work" "$2.partial" $((kilobytes * 115 / 100 + 16384))k
mv "$2.partial" "$2"
