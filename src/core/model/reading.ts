/** The kernel side's output is read in turns of so many ms: what has come meanwhile is read together. */
export const TURN_MS = 20;
/** A reading gives no more than so many bytes, libuv's buffer: one that does may have left some behind. */
export const READING_BYTES = 64 * 1024;
