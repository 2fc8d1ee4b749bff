import type { Origin, SocketRef } from '../../core/model/event.ts';
import { endpoint, owner } from '../../formats/words/endpoint.ts';
import { visibleText } from '../../formats/words/visible-text.ts';
import type { TraceWriter } from './trace-writer.ts';

/** Remembered at most; after that one of a name may come a second time. */
const MOST = 16_384;

/** What sockets are gathered under: their process where it is known by their first event, else the end of theirs that many share. */
export class SocketGroups {
  readonly #trace: TraceWriter;
  readonly #parent: number;
  /** The observer's own network namespace, which is not worth a word. */
  readonly #netns: number;
  readonly #tracks = new Map<string, number>();

  constructor(trace: TraceWriter, parent: number, netns: number) {
    this.#trace = trace;
    this.#parent = parent;
    this.#netns = netns;
  }

  of(socket: SocketRef, origin: Origin | null): number {
    const name = nameOf(socket, origin);
    const { netns } = socket;
    const full = netns === null || netns === this.#netns ? name : `${name} in network namespace ${netns}`;
    const known = this.#tracks.get(full);
    if (known !== undefined) return known;
    if (this.#tracks.size >= MOST) this.#tracks.clear();
    const track = this.#trace.track({ name: full, parent: this.#parent, merged: true });
    this.#tracks.set(full, track);
    return track;
  }
}

function nameOf({ probe, pid, comm, laddr, lport, raddr, rport }: SocketRef, origin: Origin | null): string {
  if (probe === 'canary') return 'Synoptic’s own readiness connections';
  if (pid !== null) return owner(comm === null ? null : visibleText(comm), pid);
  if (origin === 'passive') return `at ${endpoint(laddr, lport)}`;
  return origin === 'active' ? `to ${endpoint(raddr, rport)}` : `with ${raddr}`;
}
