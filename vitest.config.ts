import { defineConfig } from 'vitest/config';

/** Tests on the real kernel: root, BPF, network namespaces, a browser, real servers. They share the machine, so one file at a time. */
const LIVE = ['test/bpf/**/*.test.ts', 'test/lab/**/*.test.ts', 'test/e2e/**/*.test.ts', 'test/sources/probes/real/**/*.test.ts'];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: LIVE,
          testTimeout: 10_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'live',
          include: LIVE,
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 }, // after the unit tests: nothing of ours may load the machine while timing is watched
        },
      },
    ],
  },
});
