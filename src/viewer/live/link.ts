import type { ClientMessage, ServerMessage } from '../../formats/live.ts';
import type { Problem } from '../../formats/problem.ts';
import { backOffMs } from './back-off.ts';

export interface LinkEvents {
  message(message: ServerMessage): void;
  /** `nextMs`: ms until the next try. `refused`: the service answers, but wants another token. */
  down(nextMs: number, refused: boolean): void;
}

/** What the service answered; `status` 0 where nobody did. */
export type Answer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly status: number; readonly problem: Problem | null };

/** How long a file's bytes are kept for the browser to take over, ms. */
const KEEP_MS = 60_000;
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

  /** Asks the service's HTTP interface for something, or to do something. */
  async ask(method: string, path: string, body?: object): Promise<Answer> {
    try {
      const response = await this.#send(method, path, body);
      const value: unknown = response.status === 204 ? null : await response.json().catch(() => null);
      // Our own service on our own origin; its tests hold what it says against the schemas.
      return response.ok ? { ok: true, value } : { ok: false, status: response.status, problem: value as Problem | null };
    } catch {
      return { ok: false, status: 0, problem: null };
    }
  }

  /** Saves a file of the service under a name. Where a token is needed it goes in a header, which only a request of our own has. */
  async download(path: string, name: string): Promise<Answer> {
    const anchor = document.createElement('a');
    anchor.download = name;
    anchor.href = path;
    if (this.#token !== null) {
      const response = await this.#get(path).catch(() => null);
      if (response?.ok !== true) return { ok: false, status: response?.status ?? 0, problem: null };
      anchor.href = URL.createObjectURL(await response.blob());
      setTimeout(() => URL.revokeObjectURL(anchor.href), KEEP_MS);
    }
    anchor.click();
    return { ok: true, value: null };
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
    return this.#send('GET', path);
  }

  #send(method: string, path: string, body?: object): Promise<Response> {
    const headers: Record<string, string> = this.#token === null ? {} : { authorization: `Bearer ${this.#token}` };
    if (body === undefined) return fetch(path, { method, headers, cache: 'no-store' });
    headers['content-type'] = 'application/json';
    return fetch(path, { method, headers, cache: 'no-store', body: JSON.stringify(body) });
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
