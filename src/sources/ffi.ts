import { createRequire } from 'node:module';

/** What is used of koffi. */
export type Ffi = Pick<typeof import('koffi'), 'load' | 'errno'>;

/** koffi, which calls the C library that this process already has. @throws Error where it is not installed, or has no build for this machine. */
export function ffi(): Ffi {
  return createRequire(import.meta.url)('koffi') as Ffi;
}
