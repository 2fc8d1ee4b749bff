/** Something true of this machine, and how that is known. */
export interface Fact<T> {
  readonly value: T;
  /** The file or command it was read from, with what it said where that helps. */
  readonly evidence: string;
}

export function fact<T>(value: T, evidence: string): Fact<T> {
  return { value, evidence };
}
