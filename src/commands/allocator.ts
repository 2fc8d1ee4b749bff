import { ffi } from '../sources/ffi.ts';

/** glibc's malloc, which all threads of a process share. */
export interface Allocator {
  /** Gives free pages back to the kernel (malloc_trim(3)): 1 to 3 ms. */
  trim(): void;
}

/** As malloc.h numbers them. */
const M_TRIM_THRESHOLD = -1;
const M_MMAP_THRESHOLD = -3;
const M_ARENA_MAX = -8;

/** A dozen threads, most of V8's, would each get an arena of their own, and what they free stays there. */
const ARENAS = 2;
/** Left alone, glibc raises both with the largest piece that was ever freed, to 64 and 32 MiB: what V8's compilers took at the start is kept for good. */
const KEPT_BYTES = 1 << 20;

/**
 * Makes malloc keep less of what is freed, from now on (mallopt(3)). To be called before threads are started. Null where there is no koffi
 * or another C library: it keeps what it likes then.
 */
export function frugalAllocator(): Allocator | null {
  try {
    const libc = ffi().load(null);
    const mallopt: (option: number, value: number) => number = libc.func('int mallopt(int option, int value)');
    const trim: (pad: number) => number = libc.func('int malloc_trim(size_t pad)');
    mallopt(M_ARENA_MAX, ARENAS);
    mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
    mallopt(M_MMAP_THRESHOLD, KEPT_BYTES);
    return { trim: () => void trim(0) };
  } catch {
    return null;
  }
}
