import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { CANARY, type CanaryInput } from '../../core/model/input.ts';
import { nowNs } from '../clock.ts';

/**
 * A loopback connection to ourselves. Seeing it come through the kernel proves what bpftrace's word "attached" does not, and the time
 * around connect() places bpftrace's clock.
 */
export class Canary {
  readonly #server: Server;
  /** On `CANARY.behind`; null where that port is taken there. */
  readonly #other: Server | null;
  readonly #clients: ReadonlySet<Socket>;

  private constructor(server: Server, other: Server | null, clients: ReadonlySet<Socket>) {
    this.#server = server;
    this.#other = other;
    this.#clients = clients;
  }

  /** Listens on a free port of 127.0.0.1, and on the same of 127.0.0.2. Anybody on this machine can connect there: nobody is listened to, and nobody may stay. */
  static async open(): Promise<Canary> {
    const clients = new Set<Socket>();
    const server = await listening(clients, CANARY.host, 0);
    const { port } = server.address() as AddressInfo;
    return new Canary(server, await listening(clients, CANARY.behind, port).catch(() => null), clients);
  }

  get port(): number {
    const { port } = this.#server.address() as AddressInfo;
    return port;
  }

  /**
   * One connection, opened and closed; null where it failed or took longer than a second. `behind`: to 127.0.0.2, by which the scripts know that what
   * they say is read too late (bpf/sock-state.bt, Budget). No hook of its own, and it needs no port that a storm has not left.
   */
  async fly({ behind = false }: { behind?: boolean } = {}): Promise<CanaryInput | null> {
    const beforeNs = nowNs();
    const raddr = behind ? CANARY.behind : CANARY.host;
    const socket = connect({ port: this.port, host: raddr });
    socket.on('error', () => undefined);
    socket.setTimeout(1000, () => socket.destroy());
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(1000) });
      const afterNs = nowNs();
      const { localAddress, localPort } = socket;
      if (localAddress === undefined || localPort === undefined) return null;
      return { type: 'canary', atNs: afterNs, beforeNs, afterNs, laddr: localAddress, lport: localPort, raddr, rport: this.port };
    } catch {
      return null;
    } finally {
      socket.destroySoon();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const servers = this.#other === null ? [this.#server] : [this.#server, this.#other];
    const closed = servers.map((server) => once(server, 'close'));
    for (const server of servers) server.close();
    for (const client of this.#clients) client.destroy();
    await Promise.all(closed);
  }
}

async function listening(clients: Set<Socket>, host: string, port: number): Promise<Server> {
  const server = createServer((socket) => {
    clients.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => clients.delete(socket));
    socket.setTimeout(1000, () => socket.destroy());
    socket.resume();
    socket.end();
  });
  server.maxConnections = 64;
  server.listen(port, host);
  await once(server, 'listening');
  server.unref();
  return server;
}
