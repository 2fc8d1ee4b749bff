import type { Logger } from 'pino';
import { toldAgain } from '../core/correlate/verdict.ts';
import type { Event } from '../core/model/event.ts';
import type { DialledInput, ProbeInput } from '../core/model/input.ts';
import type { ProbeTarget } from '../core/model/target.ts';
import { ProbeBoard } from '../sinks/probe-board.ts';
import { Prober } from '../sources/probes/prober.ts';

export interface ProbingOptions {
  readonly host: string;
  readonly targets: readonly ProbeTarget[];
  readonly log: Pick<Logger, 'error'>;
  emit(input: DialledInput | ProbeInput): void;
}

/** The prober of an observation and what is kept of its attempts: both follow the same targets. */
export class Probing implements AsyncDisposable {
  readonly board: ProbeBoard;
  readonly #prober: Prober;

  constructor({ host, targets, log, emit }: ProbingOptions) {
    this.#prober = new Prober({
      targets,
      emit,
      onDeath: (reason) => log.error({ reason }, 'the probing thread has ended by itself; observing goes on, and it is started again'),
    });
    this.board = new ProbeBoard(host, () => this.#prober.state);
    this.board.follow(targets);
  }

  follow(targets: readonly ProbeTarget[]): void {
    this.board.follow(targets);
    this.#prober.follow(targets);
  }

  /** Attempts come back from the core with what the kernel says: what it had to send again counts for the target's health. */
  accept(events: readonly Event[]): void {
    this.board.accept(events);
    for (const event of events) {
      if (event.kind !== 'probe' || event.update !== null || event.kernel === null) continue;
      const { target, attempt } = event.attempt;
      this.#prober.sentAgain(target, attempt, toldAgain(event.kernel));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#prober[Symbol.asyncDispose]();
  }
}
