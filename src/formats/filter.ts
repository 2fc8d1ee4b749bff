import type { Event } from '../core/model/event.ts';
import { compileTerm, type Term } from './filter-term.ts';
import { splitTerms } from './filter-text.ts';
import type { Listed } from './status.ts';

/**
 * FILTER: the one language in which the command line, the API and the viewer say which events and connections are wanted.
 *
 *     port=443,8000-8100 addr=10.0.0.0/8 state=ESTABLISHED,CLOSE_WAIT comm="my app*"
 *
 * Terms are separated by spaces and all must hold; a comma list holds where one of its values does. A field that is not known (null)
 * fits no term about it. Nothing is imported from node: the viewer uses it too.
 */
export interface Filter {
  /** Canonical: parsing it again gives the same filter. Empty where everything passes. */
  readonly text: string;
  /** `host` is the machine that the event comes from. A gap or a tier passes unless `kind=` leaves it out: blindness is never filtered by accident. */
  matches(event: Event, host: string): boolean;
  /** A connection has no kind, so `kind=` says nothing about it; nor does `host=` where no host is given. */
  matchesConnection(connection: Listed, host?: string): boolean;
}

/**
 * Compiles `text` once; a list is the command line's arguments, each a text of its own.
 *
 * @throws SynopticError FILTER_SYNTAX; `where` is `FILTER term 2, column 10` (in a list, the column within that argument).
 */
export function parseFilter(text: string | readonly string[]): Filter {
  return new CompiledFilter(splitTerms(text).map(compileTerm));
}

class CompiledFilter implements Filter {
  readonly text: string;
  readonly #terms: readonly Term[];
  readonly #gaps: boolean;
  readonly #tiers: boolean;

  constructor(terms: readonly Term[]) {
    this.text = terms.map((term) => term.text).join(' ');
    this.#terms = terms;
    this.#gaps = terms.every((term) => term.gaps);
    this.#tiers = terms.every((term) => term.tiers);
  }

  matches(event: Event, host: string): boolean {
    if (event.kind === 'gap') return this.#gaps;
    if (event.kind === 'tier') return this.#tiers;
    for (const term of this.#terms) {
      if (!term.event(event, host)) return false;
    }
    return true;
  }

  matchesConnection(connection: Listed, host?: string): boolean {
    for (const term of this.#terms) {
      if (!term.connection(connection, host)) return false;
    }
    return true;
  }
}
