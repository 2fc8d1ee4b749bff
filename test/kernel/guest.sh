#!/bin/sh
# guest.sh - what a machine of the matrix runs: see guest.ts. Its stdout is one line of JSON.
exec node --disable-warning=ExperimentalWarning /app/test/kernel/guest.ts
