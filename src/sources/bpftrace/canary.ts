import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { CanaryInput } from '../../core/model/input.ts';
import { nowNs } from '../clock.ts';

/**
 * A loopback connection to ourselves. Seeing it come through the kernel proves what bpftrace's word "attached" does not, and the time
 * around connect() places bpftrace's clock.
 */
export class Canary {
  readonly #server: Server;
  readonly #clients: ReadonlySet<Socket>;

  private constructor(server: Server, clients: ReadonlySet<Socket>) {
    this.#server = server;
    this.#clients = clients;
  }

  /** Listens on a free port of 127.0.0.1. Anybody on this machine can connect there: nobody is listened to, and nobody may stay. */
  static async open(): Promise<Canary> {
    const clients = new Set<Socket>();
    const server = createServer((socket) => {
      clients.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => clients.delete(socket));
      socket.setTimeout(1000, () => socket.destroy());
      socket.resume();
      socket.end();
    });
    server.maxConnections = 64;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    server.unref();
    return new Canary(server, clients);
  }

  get port(): number {
    const { port } = this.#server.address() as AddressInfo;
    return port;
  }

  /**
   * One connection, opened and closed; null where it failed or took longer than a second. `behind`: from a port that it binds first, by which the
   * scripts know that what they say is read too late (bpf/sock-state.bt, Budget).
   */
  async fly(behind = false): Promise<CanaryInput | null> {
    const beforeNs = nowNs();
    const socket = connect({ port: this.port, host: '127.0.0.1', ...(behind && { localAddress: '127.0.0.1' }) });
    socket.on('error', () => undefined);
    socket.setTimeout(1000, () => socket.destroy());
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(1000) });
      const afterNs = nowNs();
      const { localPort } = socket;
      if (localPort === undefined) return null;
      return {
        type: 'canary',
        atNs: afterNs,
        beforeNs,
        afterNs,
        laddr: '127.0.0.1',
        lport: localPort,
        raddr: '127.0.0.1',
        rport: this.port,
      };
    } catch {
      return null;
    } finally {
      socket.destroySoon();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const client of this.#clients) client.destroy();
    await closed;
  }
}
