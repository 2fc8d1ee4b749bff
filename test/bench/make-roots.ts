import { makeRoot, type Release } from './roots.ts';

// The Debian roots whose bpftrace test/bpf/versions.test.ts tries, for scripts/test: side by side, for they mostly wait.

const wanted: readonly Release[] = ['trixie', 'sid'];
const signal = AbortSignal.timeout(1_800_000);
await Promise.all(wanted.map((release) => makeRoot(release, { signal, say: (line) => console.log(line) })));
