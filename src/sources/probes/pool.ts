import type { Socket } from 'node:net';
import { nowNs } from '../clock.ts';
import type { ProbeSocket } from './probe-socket.ts';
import type { Talk } from './talk.ts';

/** Misses in a row after which a connection is dirty and replaced. */
const MAX_MISSES = 2;

/** A connection that outlives its attempt. */
export interface PooledConnection {
  /** The TCP socket, and TLS on it or itself. */
  readonly socket: ProbeSocket;
  readonly stream: Socket;
  readonly talk: Talk;
  readonly openedNs: number;
  /** Beats sent on it. */
  beat: number;
  misses: number;
  peerName: string | null;
  lastUsedNs: number;
}

/** Addresses that are remembered; beyond, all are forgotten: it only makes words less sharp. */
const MAX_ASKED = 10_000;

/** Long-lived connections, one a target. A dirty one is closed at once and never handed out again. */
export class Pool implements Disposable {
  readonly #open = new Map<string, PooledConnection>();
  /** Why a target's last connection was given up, until somebody asks. */
  readonly #replaced = new Map<string, string>();

  /** Servers that a Fast Open cookie was asked of in a handshake that ended well, by address. */
  readonly #asked = new Set<string>();

  /** The target's connection where it is still good. */
  take(target: string, idleMs: number): PooledConnection | null {
    const found = this.#open.get(target);
    if (found === undefined) return null;
    const idleNs = nowNs() - found.lastUsedNs;
    if (found.talk.over || found.socket.destroyed) this.drop(target, 'the far end closed it');
    else if (idleNs > idleMs * 1e6) this.drop(target, `it was idle for ${Math.round(idleNs / 1e9)} s`);
    else return found;
    return null;
  }

  /** The beat was answered. */
  answered(target: string, connection: PooledConnection): void {
    connection.misses = 0;
    connection.lastUsedNs = nowNs();
    this.#open.set(target, connection);
  }

  /** The beat was not answered in time; its answer may still come. */
  missed(target: string, connection: PooledConnection): void {
    connection.misses += 1;
    this.#open.set(target, connection);
    if (connection.misses >= MAX_MISSES) this.drop(target, `${connection.misses} beats in a row were not answered`);
  }

  drop(target: string, why: string): void {
    const found = this.#open.get(target);
    if (found === undefined) return;
    this.#open.delete(target);
    this.#replaced.set(target, why);
    found.stream.destroy();
    found.socket.destroy();
  }

  /** Whether a Fast Open cookie was asked of this address before. */
  hasAsked(address: string): boolean {
    return this.#asked.has(address);
  }

  /** Remembers that one was asked for, or that it came. */
  cookieAsked(address: string, came: boolean): void {
    if (came) this.#asked.delete(address);
    else if (this.#asked.size < MAX_ASKED) this.#asked.add(address);
    else this.#asked.clear();
  }

  /** Why the connection before was given up; told once. */
  replaced(target: string): string | null {
    const why = this.#replaced.get(target) ?? null;
    this.#replaced.delete(target);
    return why;
  }

  [Symbol.dispose](): void {
    for (const target of [...this.#open.keys()]) this.drop(target, 'probing stopped');
  }
}
