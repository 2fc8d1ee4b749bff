import type { ProbeProtocol } from '../../core/model/target.ts';
import { exchange } from './exchange.ts';
import { grpc } from './grpc.ts';
import { heartbeat } from './heartbeat.ts';
import { http } from './http.ts';
import { postgres } from './postgres.ts';
import type { Protocol } from './protocol.ts';
import { redis } from './redis.ts';
import { tcp } from './tcp.ts';
import { tls } from './tls.ts';

/** All that can be probed. */
export const PROTOCOLS: { readonly [P in ProbeProtocol]: Protocol<P> } = {
  tcp,
  tls,
  http,
  redis,
  postgres,
  grpc,
  exchange,
  heartbeat,
};
