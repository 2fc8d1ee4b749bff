import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVENT_KINDS, type EventKind } from '../../src/core/model/event.ts';
import { parseFilter } from '../../src/formats/filter.ts';
import { ServerMessage } from '../../src/formats/live.ts';
import { type Every, FLUSH_MS, LiveSink, STATUS_MS } from '../../src/sinks/live.ts';
import type { Subscription } from '../../src/sinks/live-client.ts';
import { connection, Observed } from './observed.ts';

/** A client's end of the line: keeps what it was sent, and says how much waits while it does not read. */
class Reader {
  bufferedAmount = 0;
  readonly texts: string[] = [];
  reading = true;

  send(text: string): void {
    this.texts.push(text);
    if (!this.reading) this.bufferedAmount += text.length;
  }

  stall(): void {
    this.reading = false;
  }

  catchUp(): void {
    this.reading = true;
    this.bufferedAmount = 0;
  }

  get messages(): ServerMessage[] {
    return this.texts.map((text) => ServerMessage.parse(JSON.parse(text)));
  }

  get seqs(): number[] {
    return this.messages.flatMap((message) => (message.type === 'batch' ? message.events.map((event) => event.seq) : []));
  }

  get types(): string[] {
    return this.messages.map((message) => message.type);
  }
}

/** Time turned by hand: runs what is due each time it is asked to. */
function clockwork(): { every: Every; tick(ms: number): void; running(): number } {
  const tasks = new Map<object, { ms: number; task: () => void }>();
  return {
    every: (ms, task) => {
      const key = {};
      tasks.set(key, { ms, task });
      return () => tasks.delete(key);
    },
    tick: (ms) => {
      for (const task of [...tasks.values()]) if (task.ms === ms) task.task();
    },
    running: () => tasks.size,
  };
}

function subscription(filter = '', kinds: readonly EventKind[] = EVENT_KINDS): Subscription {
  return { filter: parseFilter(filter), kinds };
}

function setUp(limits: { maxEvents?: number; maxBytes?: number; batch?: number } = {}) {
  const observed = new Observed();
  const clock = clockwork();
  const live = new LiveSink({ observation: observed, every: clock.every, ...limits });
  return { observed, clock, live };
}

describe('the live sink', () => {
  it('says hello, then a status each second, and nothing else to who has not subscribed', () => {
    const { observed, clock, live } = setUp();
    const reader = new Reader();
    live.connect(reader);
    live.accept(observed.happen(3));
    clock.tick(FLUSH_MS);
    clock.tick(STATUS_MS);
    expect(reader.types).toEqual(['hello', 'status']);
  });

  it('sends a snapshot, then what came after it, in batches of at most 2,000', () => {
    const { observed, live } = setUp();
    const reader = new Reader();
    observed.table = [connection(1), connection(2, { rport: 80 })];
    live.accept(observed.happen(5));
    live.connect(reader).subscribe(subscription('rport=443'));
    live.flush();
    expect(reader.messages[1]).toMatchObject({ type: 'snapshot', seq: 5, filter: 'rport=443', total: 1, connections: [{ sock: 1 }] });
    live.accept(observed.happen(4500));
    live.flush();
    const sizes = reader.messages.flatMap((message) => (message.type === 'batch' ? [message.events.length] : []));
    expect(sizes).toEqual([2000, 2000, 500]);
    expect(reader.seqs).toEqual(Array.from({ length: 4500 }, (_, i) => i + 6));
  });

  it('neither doubles nor loses an event that the observation has taken in and the sink not yet', () => {
    const { observed, live } = setUp();
    const reader = new Reader();
    const session = live.connect(reader);
    const early = observed.happen(2);
    session.subscribe(subscription());
    live.flush();
    live.accept(early);
    live.accept(observed.happen(2));
    live.flush();
    expect(reader.messages[1]).toMatchObject({ type: 'snapshot', seq: 2 });
    expect(reader.seqs).toEqual([3, 4]);
  });

  it('sends each client what it asked for, and lets a new subscription replace the old', () => {
    const { observed, live } = setUp();
    const [https, resets] = [new Reader(), new Reader()];
    const session = live.connect(https);
    session.subscribe(subscription('port=443'));
    live.connect(resets).subscribe(subscription('', ['reset']));
    live.flush();
    live.accept([...observed.happen(1), ...observed.happen(1, { rport: 80 })]);
    session.subscribe(subscription('port=80'));
    live.flush();
    live.accept([...observed.happen(1), ...observed.happen(1, { rport: 80 })]);
    live.flush();
    expect(https.seqs).toEqual([1, 4]);
    expect(https.types).toEqual(['hello', 'snapshot', 'batch', 'snapshot', 'batch']);
    expect(resets.seqs).toEqual([]);
  });

  it('tells a client that stopped reading how many it missed, and where, once it reads again', () => {
    const { observed, live } = setUp({ maxEvents: 10, maxBytes: 100, batch: 4 });
    const reader = new Reader();
    live.connect(reader).subscribe(subscription());
    live.flush();
    reader.stall();
    live.accept(observed.happen(4));
    live.flush(); // handed to the socket: now more than 100 bytes wait there
    live.accept(observed.happen(25));
    live.flush();
    expect(reader.seqs).toEqual([1, 2, 3, 4]);
    expect(live.missed).toBe(15);
    reader.catchUp();
    live.flush();
    live.accept(observed.happen(2));
    live.flush();
    expect(reader.messages.slice(2).map((message) => (message.type === 'batch' ? message.events.map(({ seq }) => seq) : message))).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
      [9, 10, 11, 12],
      [13, 14],
      { type: 'gap', missed: 15, fromSeq: 15, toSeq: 29 },
      [30, 31],
    ]);
  });

  it('counts as missed only what the client had asked for', () => {
    const { observed, live } = setUp({ maxEvents: 1, maxBytes: 0 });
    const reader = new Reader();
    live.connect(reader).subscribe(subscription('port=443'));
    live.flush();
    live.accept([...observed.happen(2), ...observed.happen(5, { rport: 80 }), ...observed.happen(1)]);
    live.flush();
    expect(reader.messages.at(-1)).toEqual({ type: 'gap', missed: 2, fromSeq: 2, toSeq: 8 });
  });

  it('lets one that does not read delay nobody, and gives it neither status nor snapshot until it does', () => {
    const { observed, clock, live } = setUp({ maxBytes: 0 });
    const [stuck, quick] = [new Reader(), new Reader()];
    const session = live.connect(stuck);
    live.connect(quick).subscribe(subscription());
    clock.tick(FLUSH_MS);
    stuck.bufferedAmount = 1;
    for (let i = 0; i < 100; i++) {
      session.subscribe(subscription(`port=${i}`));
      live.accept(observed.happen(1));
      clock.tick(FLUSH_MS);
      clock.tick(STATUS_MS);
    }
    expect(stuck.types).toEqual(['hello']);
    expect(quick.seqs).toHaveLength(100);
    stuck.bufferedAmount = 0;
    clock.tick(FLUSH_MS);
    expect(stuck.messages.slice(1)).toMatchObject([{ type: 'snapshot', filter: 'port=99' }]);
  });

  it('greets anew, with a new snapshot, when another run begins and counts from one again', () => {
    const { observed, clock, live } = setUp();
    const reader = new Reader();
    live.connect(reader).subscribe(subscription());
    live.accept(observed.happen(5));
    clock.tick(FLUSH_MS);
    observed.seq = 0;
    live.restart();
    live.accept(observed.happen(2));
    clock.tick(FLUSH_MS);
    live.accept(observed.happen(1));
    clock.tick(FLUSH_MS);
    expect(reader.types).toEqual(['hello', 'snapshot', 'hello', 'snapshot', 'batch']);
    expect(reader.messages.flatMap((message) => (message.type === 'snapshot' ? [message.seq] : []))).toEqual([5, 2]);
    expect(reader.seqs).toEqual([3]);
  });

  it('runs no timer while nobody is connected', () => {
    const { live, clock } = setUp();
    expect(clock.running()).toBe(0);
    const [first, second] = [live.connect(new Reader()), live.connect(new Reader())];
    expect([clock.running(), live.clients]).toEqual([2, 2]);
    first.close();
    expect(clock.running()).toBe(2);
    second.close();
    expect([clock.running(), live.clients]).toEqual([0, 0]);
  });

  it('accounts for every event exactly once, sent or missed, however the client reads', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('happen' as const), count: fc.nat(30) }),
      fc.record({ do: fc.constantFrom('flush' as const, 'stall' as const, 'catchUp' as const), count: fc.constant(0) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { observed, live } = setUp({ maxEvents: 20, maxBytes: 2000, batch: 7 });
        const reader = new Reader();
        live.connect(reader).subscribe(subscription());
        live.flush();
        for (const { do: what, count } of steps) {
          if (what === 'happen') live.accept(observed.happen(count));
          else if (what === 'flush') live.flush();
          else reader[what]();
        }
        reader.catchUp();
        live.flush();
        live.flush();
        let next = 1;
        for (const message of reader.messages.slice(1)) {
          if (message.type === 'batch') for (const event of message.events) expect(event.seq).toBe(next++);
          if (message.type !== 'gap') continue;
          expect([message.fromSeq, message.toSeq - message.fromSeq + 1]).toEqual([next, message.missed]);
          next = message.toSeq + 1;
        }
        expect(next).toBe(observed.lastSeq() + 1);
      }),
      { numRuns: 500 },
    );
  });
});
