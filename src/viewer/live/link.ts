import type { ClientMessage, ServerMessage } from '../../formats/live.ts';
import { backOffMs } from './back-off.ts';

export interface LinkEvents {
  message(message: ServerMessage): void;
  /** `nextMs`: ms until the next try. `refused`: the service answers, but wants another token. */
  down(nextMs: number, refused: boolean): void;
}

/** A connection that says nothing for this long is taken for dead: the service speaks each second. */
const DEAD_MS = 10_000;

/** The `/live` WebSocket of the page's own origin. Comes back by itself; one try at a time. */
export class Link {
  readonly #events: LinkEvents;
  readonly #token: string | null;
  #socket: WebSocket | null = null;
  #failures = 0;
  #watch: ReturnType<typeof setTimeout> | undefined;

  constructor(events: LinkEvents, token: string | null) {
    this.#events = events;
    this.#token = token;
  }

  /** Opens the connection, or tries again at once instead of when its time has come. */
  connect(): void {
    clearTimeout(this.#watch);
    this.#socket?.close();
    const socket = new WebSocket(this.#address());
    this.#socket = socket;
    this.#expect();
    socket.onmessage = ({ data }) => {
      if (socket !== this.#socket || typeof data !== 'string') return;
      this.#expect();
      // Our own service on our own origin: its messages are proven against the schema in its tests, not here (zod weighs more than this page).
      const message = JSON.parse(data) as ServerMessage;
      if (message.type === 'hello') this.#failures = 0;
      this.#events.message(message);
    };
    socket.onclose = () => void this.#lost(socket);
  }

  /** False where there is no open connection; whoever sends then sends again after `hello`. */
  send(message: ClientMessage): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** JSON from the service's HTTP interface; null where it does not answer, or with an error. */
  async fetch(path: string): Promise<unknown> {
    try {
      const response = await this.#get(path);
      return response.ok ? ((await response.json()) as unknown) : null;
    } catch {
      return null;
    }
  }

  async #lost(socket: WebSocket): Promise<void> {
    if (socket !== this.#socket) return;
    this.#socket = null;
    clearTimeout(this.#watch);
    this.#failures++;
    const waitMs = backOffMs(this.#failures);
    this.#events.down(waitMs, false);
    this.#watch = setTimeout(() => this.connect(), waitMs);
    // A refused WebSocket does not say why; plain HTTP does.
    if (await this.#refused()) if (this.#socket === null) this.#events.down(waitMs, true);
  }

  async #refused(): Promise<boolean> {
    try {
      const { status } = await this.#get('/api/v1/status');
      return status === 401 || status === 403;
    } catch {
      return false; // nobody there at all
    }
  }

  #get(path: string): Promise<Response> {
    const headers: HeadersInit = this.#token === null ? {} : { authorization: `Bearer ${this.#token}` };
    return fetch(path, { headers, cache: 'no-store' });
  }

  /** Whoever does not close and does not speak is as good as gone. */
  #expect(): void {
    clearTimeout(this.#watch);
    const socket = this.#socket;
    this.#watch = setTimeout(() => {
      if (socket === null) return;
      socket.close();
      void this.#lost(socket);
    }, DEAD_MS);
  }

  #address(): string {
    const { protocol, host } = window.location;
    const query = this.#token === null ? '' : `?token=${encodeURIComponent(this.#token)}`;
    return `${protocol === 'https:' ? 'wss' : 'ws'}://${host}/live${query}`;
  }
}
