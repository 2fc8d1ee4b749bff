/** ServingStatus of grpc.health.v1 (github.com/grpc/grpc-proto/blob/master/grpc/health/v1/health.proto), by number. */
const SERVING_STATUS = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const;

/** gRPC's frame: one byte whether compressed, four of length. */
const FRAME = 5;

/** HealthCheckRequest { string service = 1 }, framed. */
export function healthRequest(service: string): Buffer {
  const name = Buffer.from(service);
  const body = name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a, ...varint(name.length)]), name]);
  const head = Buffer.alloc(FRAME);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

/** HealthCheckResponse { ServingStatus status = 1 }, framed; a field that is not there is 0. Words that say so for anything else. */
export function healthStatus(frame: Buffer): string {
  if (frame.length < FRAME || frame[0] !== 0 || frame.readUInt32BE(1) !== frame.length - FRAME) return 'not readable';
  const body = frame.subarray(FRAME);
  if (body.length === 0) return SERVING_STATUS[0];
  const [tag, value = SERVING_STATUS.length] = body;
  return body.length === 2 && tag === 0x08 ? (SERVING_STATUS[value] ?? `status ${value}`) : 'not readable';
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest & 127) | 128);
  }
}
