import type { Event } from '../../../src/core/model/event.ts';
import { Pipeline } from '../../../src/core/pipeline.ts';
import { wireOf } from '../../../src/formats/event.ts';
import { printEvent } from '../../../src/formats/print-event.ts';
import { inWords } from '../../../src/formats/words/event-words.ts';
import { start, T0, up } from '../../core/inputs.ts';
import { mutatedText } from '../mutate-text.ts';
import type { Random } from '../random.ts';
import type { Outcome, Reader, Target } from '../target.ts';
import { LINES, WORDS } from './lines.ts';

/** Few, so that forgetting is reached within the first thousands of inputs. */
const MAX_SOCKETS = 500;
const STEP_NS = 2e6;

/** Everything behind the decoder, too: tables, clocks, losses, detectors, and events as users get them. */
class Core implements Reader {
  readonly #pipeline = new Pipeline(start, { maxSockets: MAX_SOCKETS });
  #nowNs = T0;

  constructor() {
    this.#pipeline.accept(up());
  }

  make(random: Random): string {
    const some = Array.from({ length: 1 + random.below(3) }, () =>
      random.oneIn(3) ? mutatedText(random.pick(LINES), random, LINES, WORDS) : random.pick(LINES),
    );
    return `${some.join('\n')}\n`;
  }

  read(input: string | Buffer): Outcome {
    this.#nowNs += STEP_NS;
    const events = [
      ...this.#pipeline.accept({ type: 'kernel', atNs: this.#nowNs, text: String(input) }),
      ...this.#pipeline.accept({ type: 'tick', atNs: this.#nowNs, wallUs: start.wallUs + (this.#nowNs - T0) / 1000 }),
    ];
    for (const event of events) tellable(event);
    if (this.#pipeline.sockets.size > MAX_SOCKETS) throw new Error(`${this.#pipeline.sockets.size} sockets are tracked`);
    return events.length > 0 ? 'accepted' : 'no event';
  }
}

/** An event that cannot be told has brought the observer down as surely as one that throws. */
export function tellable(event: Event): void {
  JSON.parse(printEvent(event, 'h'));
  inWords(wireOf(event, 'h'));
}

export const core: Target = {
  name: 'core',
  about: 'pieces of kernel text through one whole pipeline, detectors and printed events included; no more sockets than it may track',
  thousands: 600,
  open: () => new Core(),
};
