import { expect, it } from 'vitest';
import { PipelineView } from '../../src/commands/observation.ts';
import { Pipeline } from '../../src/core/pipeline.ts';
import { wireOf } from '../../src/formats/event.ts';
import { SocketLife } from '../../src/formats/socket-life.ts';
import { Status } from '../../src/formats/status.ts';
import { Meter } from '../../src/sources/meter/meter.ts';
import { heartbeat, kernel, MS, ready, run, start, T0, tick, up } from '../core/inputs.ts';

it('says in the status how many were counted and not told, and that the picture is not whole since', () => {
  const pipeline = new Pipeline(start, { maxSockets: 1000 });
  using meter = new Meter({ now: () => T0, bpftrace: null });
  const view = new PipelineView({ start, pipeline, meter, mode: 'live', maxSockets: 1000, netstack: async () => [] });
  view.accept(run([up(), ...ready(T0 + 5 * MS)], pipeline));
  expect(Status.parse(view.status()).completeness).toMatchObject({ complete: true, gaps: 0, shed: 0 });
  const shed = (count: number, ms: number) => kernel(T0 + (ms + 1) * MS, `@state_shed[7, 2]: ${count}`, heartbeat(T0 + ms * MS));
  view.accept(run([shed(30, 500), shed(31, 1000)], pipeline));
  expect(Status.parse(view.status()).completeness).toMatchObject({ complete: false, gaps: 2, lost: 0, shed: 31 });
  expect(view.status().events.byKind).toMatchObject({ gap: 2 });
});

it('tells the life of a socket from its first event to the last that the pipeline gave, with its row while it lives', async () => {
  const pipeline = new Pipeline(start, { maxSockets: 1000 });
  using meter = new Meter({ now: () => T0, bpftrace: null });
  const view = new PipelineView({ start, pipeline, meter, mode: 'live', maxSockets: 1000, netstack: async () => [] });
  const events = run([up(), ...ready(T0 + 5 * MS), tick(T0 + 2000 * MS)], pipeline);
  view.accept(events);
  const first = events.find((event) => event.kind === 'state');
  const sock = first?.kind === 'state' ? (first.sock ?? 0) : 0;
  const told = events.filter((event) => event.kind === 'state' && event.sock === sock);
  const life = SocketLife.parse(await view.life(sock));
  expect(life).toMatchObject({ seq: pipeline.seq, sock, beginning: 'seen', holes: false, left: 0 });
  expect(life.events).toEqual(told.map((event) => wireOf(event, 'h')));
  expect(life.connection?.sock ?? null).toBe([...pipeline.sockets.values()].some(({ id }) => id === sock) ? sock : null);
  expect(await view.life(999)).toMatchObject({ sock: 999, connection: null, events: [], attempts: [] });
});
