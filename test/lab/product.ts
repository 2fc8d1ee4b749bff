import { fileURLToPath } from 'node:url';

/** The program as users run it: built, by test/setup/build.ts where vitest runs. */
export const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** How Node is started for it wherever it runs for long (test/scripts/launchers.test.ts): a young generation of 64 MiB at most, where V8 takes twice that. */
export const YOUNG = '--max-semi-space-size=32';
