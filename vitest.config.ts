import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Processes that tests start from the sources compile the same ones: most of their start, unless Node keeps what it compiled.
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(new URL('.cache/compiled', import.meta.url));

const BUILD = './test/setup/build.ts';
/** Whatever needs root: BPF, network namespaces, a browser, real servers. */
const LIVE = ['test/bpf/**/*.test.ts', 'test/lab/**/*.test.ts', 'test/e2e/**/*.test.ts', 'test/sources/probes/real/**/*.test.ts'];
/** Those of them that mostly wait, each for servers, disks and namespaces of its own: they observe nothing with BPF. */
const ASIDE = ['test/lab/disk-full.test.ts', 'test/lab/killed.test.ts', 'test/sources/probes/real/**/*.test.ts'];
/** Functions of their arguments: what one file leaves behind in a process cannot matter to the next. */
const PURE = ['core', 'export', 'formats', 'viewer'].map((part) => `test/${part}/**/*.test.ts`);

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          globalSetup: BUILD,
          include: ['test/**/*.test.ts'],
          exclude: [...LIVE, ...PURE],
          testTimeout: 10_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'unit-pure',
          include: PURE,
          isolate: false, // a process a file and its imports cost more than most of these tests
          testTimeout: 10_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'live-aside',
          globalSetup: BUILD,
          include: ASIDE,
          maxWorkers: 3,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'live',
          globalSetup: BUILD,
          include: LIVE,
          exclude: ASIDE,
          fileParallelism: false, // they share the machine: one at a time
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 2 }, // after all others: nothing of ours may load the machine while timing is watched
        },
      },
    ],
  },
});
