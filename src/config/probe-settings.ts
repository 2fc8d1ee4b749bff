import { isIP } from 'node:net';
import { z } from 'zod';
import { PROBE_PROTOCOLS, type ProbeProtocol } from '../core/model/target.ts';
import { DURATION_FORMS, parseDuration } from './duration.ts';
import { setting } from './setting.ts';

/** A day: more is a mistake in the unit. */
const MAX_MS = 86_400_000;

const duration = (leastMs: number) =>
  z.string().transform((text, context): number => {
    const ms = parseDuration(text);
    if (ms !== null && ms >= leastMs && ms <= MAX_MS) return ms;
    context.addIssue({ code: 'custom', message: ms === null ? 'is no length of time.' : `is not between ${leastMs} ms and a day.` });
    return z.NEVER;
  });

/** What TCP_KEEPINTVL can say: the kernel counts seconds, 32767 at most. */
const wholeSeconds = () =>
  duration(1000).refine((ms) => ms % 1000 === 0 && ms <= 32_767_000, { message: 'is not a whole number of seconds up to 9 h.' });

const statuses = z.array(
  z.string().transform((text, context) => {
    const [, from = '', to = from] = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(text) ?? [];
    if (from !== '' && Number(from) <= Number(to)) return { from: Number(from), to: Number(to) };
    context.addIssue({ code: 'custom', message: 'has an entry that is no status.' });
    return z.NEVER;
  }),
);

/** RFC 9110 §5.1 and §5.5: what Node would refuse to send. */
const headers = z.record(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/), z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/));

/**
 * What can be set for a target beside its URL. As for the configuration, each has its unit, reason and what is expected; messages of
 * checks go on from the setting's name.
 */
export const ProbeSettings = z.strictObject({
  timeout: setting(duration(1).nullable().default(null), {
    unit: 'time',
    reason: 'Null is max(mean + 3σ of the last 8 round trips, 200 ms), and 5 s until there are 8; 1 s for a heartbeat',
    expected: DURATION_FORMS,
  }),
  every: setting(duration(10).nullable().default(null), {
    unit: 'time',
    reason: 'From one start to the next; null is 1 s, and 30 s for a heartbeat',
    expected: `${DURATION_FORMS}; at least 10ms`,
  }),
  family: setting(z.enum(['any', '4', '6']).default('any'), {
    reason: 'any takes the resolver’s first address, as most applications do',
    expected: '4, 6 or any',
  }),
  source: setting(
    z
      .string()
      .refine((text) => isIP(text) !== 0, { message: 'is no address.' })
      .nullable()
      .default(null),
    { reason: 'The local address to connect from; null leaves it to the kernel’s routes', expected: 'an address of this machine' },
  ),
  servername: setting(z.string().min(1).nullable().default(null), {
    reason: 'Sent as SNI, and expected in the certificate; null is the target’s host',
    expected: 'a host name',
  }),
  verify: setting(z.boolean().default(true), {
    reason: 'A certificate that clients would refuse is an outage for them; false only says what is wrong with it',
    expected: 'true or false',
  }),
  ca: setting(z.string().min(1).nullable().default(null), {
    reason: 'Certificates trusted instead of the system’s, as PEM text',
    expected: 'the PEM text of one or more certificates',
  }),
  keepAlive: setting(duration(1000).nullable().default(null), {
    unit: 'time',
    reason: 'Idle time before the kernel’s own keep-alive probes; null is none: most probes live for milliseconds',
    expected: `${DURATION_FORMS}; at least 1s`,
  }),
  keepAliveInterval: setting(wholeSeconds().nullable().default(null), {
    unit: 'time',
    reason: 'Between two keep-alive probes; null is 1 s, which Node sets. Needs koffi',
    expected: `${DURATION_FORMS}; whole seconds`,
  }),
  keepAliveCount: setting(z.int().min(1).max(127).nullable().default(null), {
    reason: 'Unanswered keep-alive probes that end the connection; null is 10, which Node sets. Needs koffi',
    expected: 'a whole number from 1 to 127',
  }),
  userTimeout: setting(duration(1).nullable().default(null), {
    unit: 'time',
    reason:
      'How long what was sent may stay unacknowledged before the kernel gives up (TCP_USER_TIMEOUT); null is 15 min or so. Needs koffi',
    expected: DURATION_FORMS,
  }),
  fastOpen: setting(z.boolean().default(false), {
    reason: 'The request goes out in the SYN once the server has given a cookie (RFC 7413); what really happened is reported. Needs koffi',
    expected: 'true or false',
  }),
  method: setting(
    z
      .string()
      .regex(/^[A-Z]{1,16}$/, { message: 'is no HTTP method.' })
      .default('GET'),
    {
      reason: 'GET is what health endpoints answer',
      expected: 'an HTTP method in capitals: GET, HEAD',
    },
  ),
  headers: setting(headers.default({}), { reason: 'Sent with the request', expected: 'header names and values' }),
  status: setting(statuses.default([{ from: 200, to: 299 }]), {
    reason: 'Which status counts as serving; a redirect does not unless it is named here, and is never followed',
    expected: 'statuses or ranges of them, for example 204 or 200-299',
  }),
  expectHeaders: setting(headers.default({}), {
    reason: 'Text that a header of the answer must hold',
    expected: 'header names and texts',
  }),
  json: setting(z.record(z.string().min(1), z.array(z.string()).min(1)).default({}), {
    reason: 'What must stand in the body’s JSON, by path: a status of 200 alone is not health',
    expected: 'paths and the values allowed there, for example status: [ready, up]',
  }),
  service: setting(z.string().max(1024).default(''), {
    reason: 'The gRPC service that is asked for; empty is the server as a whole',
    expected: 'a full service name, for example shop.v1.Checkout',
  }),
  steps: setting(
    z.array(z.union([z.strictObject({ send: z.string().min(1) }), z.strictObject({ expect: z.string().min(1) })])).default([]),
    { reason: 'What is sent and expected, in this order; one character a byte', expected: 'steps of send or expect' },
  ),
  dialect: setting(z.enum(['line', 'redis']).default('line'), {
    reason: 'line: PING n is answered by PONG n; redis: PING and CLIENT ID, which also shows a connection that was moved',
    expected: 'line or redis',
  }),
  idle: setting(duration(1000).default(300_000), {
    unit: 'time',
    reason: 'A heartbeat’s connection unused for longer is replaced: firewalls forget such flows silently',
    expected: `${DURATION_FORMS}; at least 1s`,
  }),
});
export type ProbeSettings = z.infer<typeof ProbeSettings>;
export type ProbeSettingsIn = z.input<typeof ProbeSettings>;

/** Settings that mean something for some protocols only; the others for all. TLS's for whatever has TLS. */
export const ONLY_FOR: Readonly<Partial<Record<keyof ProbeSettings, readonly ProbeProtocol[]>>> = {
  // A bare connection writes nothing, and Fast Open sends no SYN before the first write.
  fastOpen: PROBE_PROTOCOLS.filter((protocol) => protocol !== 'tcp'),
  method: ['http'],
  headers: ['http'],
  status: ['http'],
  expectHeaders: ['http'],
  json: ['http'],
  service: ['grpc'],
  steps: ['exchange'],
  dialect: ['heartbeat'],
  idle: ['heartbeat'],
};
