import type { Random } from './random.ts';

/** What became of one input: taken, or refused with a code. Anything thrown but a refusal is a crash. */
export type Outcome = 'accepted' | (string & {});

/** One thing that reads what others have written. */
export interface Target {
  readonly name: string;
  /** In a sentence: what is read, and what is made of it. */
  readonly about: string;
  /** Inputs where nobody says how many, in thousands: the slow ones get fewer. */
  readonly thousands: number;
  /** Ready to read; what it keeps between inputs is what could grow. */
  open(): Reader | Promise<Reader>;
}

export interface Reader extends Partial<AsyncDisposable> {
  /** Makes the input that `random` says. Only this is chance: the same random, the same input. */
  make(random: Random): string | Buffer;
  /** Reads it. @throws whatever the code under test throws. */
  read(input: string | Buffer): Outcome | Promise<Outcome>;
}
