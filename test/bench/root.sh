#!/usr/bin/env bash
# root.sh - a Debian root for the bpftrace in it, made by debootstrap where it is not there yet. Who comes meanwhile waits.
#
# Usage:   root.sh RELEASE FOLDER PACKAGE,PACKAGE…     as root; the path without spaces
# Does:    makes it in FOLDER.partial until it is whole; what one that was killed has left there goes first, with its mounts.
# Exit:    0 it is there · else debootstrap's
set -euo pipefail
release=$1 folder=$2 packages=$3
mkdir -p "$(dirname "$folder")"
exec 9>"$folder.lock"
flock 9
[ ! -d "$folder" ] || exit 0
partial=$folder.partial
{ findmnt --raw --noheadings --output TARGET | grep -F "$partial/" || :; } | sort -r | xargs -r -n 1 umount
rm -rf --one-file-system "$partial"
mkdir "$partial"
debootstrap --variant=minbase "--include=$packages" "$release" "$partial" 9>&-
mv "$partial" "$folder"
