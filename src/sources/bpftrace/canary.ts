import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import type { CanaryInput } from '../../core/model/input.ts';
import { nowNs } from '../clock.ts';

/**
 * A loopback connection to ourselves. Seeing it come through the kernel proves what bpftrace's word "attached" does not, and the time
 * around connect() places bpftrace's clock.
 */
export class Canary {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Listens on a free port of 127.0.0.1. */
  static async open(): Promise<Canary> {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    server.unref();
    return new Canary(server);
  }

  get port(): number {
    const { port } = this.#server.address() as AddressInfo;
    return port;
  }

  /** One connection, opened and closed; null where it failed or took longer than a second. */
  async fly(): Promise<CanaryInput | null> {
    const beforeNs = nowNs();
    const socket = connect({ port: this.port, host: '127.0.0.1' });
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
    this.#server.close();
    await once(this.#server, 'close').catch(() => undefined);
  }
}
