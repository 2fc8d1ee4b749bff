import { isIP, Socket, type SocketConstructorOpts } from 'node:net';
import type { SocketOption } from '../../core/model/socket-view.ts';
import type { Reach } from '../../core/model/target.ts';
import type { Loaded } from '../sockets/calls.ts';
import { readOption, setOption } from '../sockets/options.ts';
import { readTcpInfo, type TcpInfo } from '../sockets/tcp-info.ts';

/** A TCP socket of a probe: Node's own, with the kernel's words for it where they can be had. */
export class ProbeSocket extends Socket {
  readonly loaded: Loaded;
  readonly #target: Reach;
  /** Options that were asked for, in the order in which they were. */
  readonly options: SocketOption[] = [];
  /** Whether connect() came back before any SYN was sent: the kernel knew how to send data in it. */
  deferred = false;
  /** As the descriptor went. */
  #last: TcpInfo | null = null;

  private constructor(given: SocketConstructorOpts, target: Reach, loaded: Loaded) {
    super(given);
    this.#target = target;
    this.loaded = loaded;
  }

  /** A socket that is to be connected to `address`. Only Fast Open needs a descriptor before that, and only then it is not Node's. */
  static to(address: string, target: Reach, loaded: Loaded): ProbeSocket {
    const { keepAliveMs, fastOpen } = target;
    const common = { noDelay: true, ...(keepAliveMs !== null && { keepAlive: true, keepAliveInitialDelay: keepAliveMs }) };
    if (!fastOpen) return new ProbeSocket(common, target, loaded);
    const ordinary = (why: string): ProbeSocket => {
      const socket = new ProbeSocket(common, target, loaded);
      socket.options.push({ name: 'TCP_FASTOPEN_CONNECT', asked: 1, applied: null, why: `not set: ${why}` });
      return socket;
    };
    if (loaded.calls === null) return ordinary(loaded.why);
    const fd = loaded.calls.open(isIP(address) === 6 ? 6 : 4);
    if (typeof fd === 'string') return ordinary(fd);
    const option = setOption(loaded, fd, 'TCP_FASTOPEN_CONNECT', 1);
    try {
      // manualStart: Node would read at once from a descriptor that it is given, and this one is not connected yet.
      const socket = new ProbeSocket({ ...common, fd, readable: true, writable: true, ...{ manualStart: true } }, target, loaded);
      socket.options.push(option);
      return socket;
    } catch (error) {
      loaded.calls.close(fd);
      throw error;
    }
  }

  /** Right behind connect(): the descriptor is there, the SYN just sent. */
  submitted(): void {
    const { fd } = this;
    const { userTimeoutMs } = this.#target;
    if (userTimeoutMs === null) return;
    const name = 'TCP_USER_TIMEOUT';
    if (fd === null) this.options.push({ name, asked: userTimeoutMs, applied: null, why: 'not set: the socket was closed before' });
    else this.options.push(setOption(this.loaded, fd, name, userTimeoutMs));
  }

  /** Once Node calls it connected: whether it is, and keep-alive as Node has just set it, changed where something else is wanted. */
  opened(): void {
    const { fd } = this;
    if (fd === null) return;
    const { fastOpen, keepAliveMs, keepAliveIntervalMs, keepAliveCount } = this.#target;
    if (fastOpen) this.deferred = this.info()?.state === 'SYN_SENT';
    if (keepAliveMs === null) return;
    const secondsOf = (ms: number | null): number | null => (ms === null ? null : Math.trunc(ms / 1000));
    const asOr = (name: 'TCP_KEEPINTVL' | 'TCP_KEEPCNT', asked: number | null): SocketOption =>
      asked === null ? readOption(this.loaded, fd, name, null) : setOption(this.loaded, fd, name, asked);
    this.options.push(
      readOption(this.loaded, fd, 'SO_KEEPALIVE', 1),
      readOption(this.loaded, fd, 'TCP_KEEPIDLE', secondsOf(keepAliveMs)),
      asOr('TCP_KEEPINTVL', secondsOf(keepAliveIntervalMs)),
      asOr('TCP_KEEPCNT', keepAliveCount),
    );
  }

  /** TCP_INFO now; of the moment when the descriptor went where it is gone; null where there is none. */
  info(): TcpInfo | null {
    const { fd } = this;
    if (this.loaded.calls === null || fd === null) return this.#last;
    return readTcpInfo(this.loaded.calls, fd) ?? this.#last;
  }

  /** Node's handle is the only owner: asked every time, for a number that was kept may be another socket's by now. */
  get fd(): number | null {
    const { fd = -1 } = (this as unknown as { readonly _handle?: { readonly fd?: number } | null })._handle ?? {};
    return fd < 0 ? null : fd;
  }

  /** Node closes the descriptor in here, also after an error: the last moment to ask. */
  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#last = this.info();
    super._destroy(error, callback);
  }
}
