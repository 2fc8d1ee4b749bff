const FIRST_MS = 500;
const LONGEST_MS = 5000;

/** How long to wait before trying again after `failures` in a row (1 is the first): 0.5 s, 1 s, 2 s, 4 s, then 5 s each. */
export function backOffMs(failures: number): number {
  return Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS);
}
