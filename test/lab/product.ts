import { fileURLToPath } from 'node:url';

/** The program as users run it: built, by test/setup/build.ts where vitest runs. */
export const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
