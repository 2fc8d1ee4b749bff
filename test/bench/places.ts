import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));

export { MAIN } from '../lab/product.ts';

/** The viewer, as it is built. */
export const VIEWER = join(CHECKOUT, 'dist/viewer');
export const SCRIPTS = join(CHECKOUT, 'scripts');
/** What is made once and kept: compiled load generators, images of machines. Ignored by git. */
export const CACHE = join(CHECKOUT, '.cache');
/** Debian roots, of all checkouts of this machine: minutes and 500 MB each. */
export const ROOTS = '/var/cache/synoptic/roots';
export const BASELINE = join(CHECKOUT, 'test/bench/baseline.json');
export const SOURCES = join(CHECKOUT, 'test/bench');
