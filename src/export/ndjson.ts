import type { Event } from '../core/model/event.ts';
import { printEvent } from '../formats/print-event.ts';
import type { Exporter } from './exporter.ts';

/** One event a line, as its schema in src/formats/event.ts says. */
export class NdjsonExporter implements Exporter {
  readonly #host: string;
  #text = '';

  constructor(host: string) {
    this.#host = host;
  }

  events(events: readonly Event[]): void {
    for (const event of events) this.#text += `${printEvent(event, this.#host)}\n`;
  }

  figures(): void {
    // Lines hold events only.
  }

  take(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }

  end(): void {
    // Every line is whole already.
  }
}
