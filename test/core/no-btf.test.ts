import { expect, it } from 'vitest';
import { Pipeline } from '../../src/core/pipeline.ts';
import { kinds, MS, run, start, T0, tick, up } from './inputs.ts';

/** What bpf/sock-state-lean.bt prints: no namespace, nothing of the socket's inside. */
const lean = (ns: number, from: number, to: number) =>
  `L ${ns.toString(16)} ffff888110869280 ${from} ${to} ::ffff:10.0.0.1 50434 ::ffff:10.0.0.2 443`;

it('on a kernel without BTF a listed socket and the one of the hooks are one, and its TIME_WAIT is told', () => {
  const pipeline = new Pipeline(start, { maxSockets: 100 });
  const tuple = { laddr: '10.0.0.1', lport: 50434, raddr: '10.0.0.2', rport: 443 };
  const listed = { ...tuple, state: 'ESTABLISHED', pid: 7, comm: 'curl', remainingMs: null } as const;
  run([up(), { type: 'sockets', fromNs: T0, atNs: T0 + MS, netns: null, sockets: [listed] }, tick(T0 + 100 * MS)], pipeline);
  expect(pipeline.sockets.size).toBe(1);
  const at = T0 + 200 * MS;
  const text = [lean(at, 1, 4), lean(at + 1000, 4, 5), lean(at + 2000, 5, 7)].map((line) => `${line}\n`).join('');
  const events = run([{ type: 'kernel', atNs: at + MS, text }, tick(at + 200 * MS)], pipeline);
  expect(kinds(events)).toEqual(['ESTABLISHED→FIN_WAIT1', 'FIN_WAIT1→FIN_WAIT2', 'FIN_WAIT2→CLOSE', 'time-wait']);
  expect(events.every((event) => 'comm' in event && event.sock === 1 && event.netns === null && event.comm === 'curl')).toBe(true);
  expect(pipeline.sockets.size).toBe(0);
  expect(pipeline.timeWait.population(null, at)).toMatchObject({ timeWait: 1 });
});
