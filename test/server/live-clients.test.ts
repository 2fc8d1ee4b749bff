import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FLUSH_MS, STATUS_MS } from '../../src/sinks/live.ts';
import { connection } from '../sinks/observed.ts';
import { Reader, settled, subscribe, wired } from './wired.ts';

describe('a live client', () => {
  it('gets hello, then a status each second, and nothing else before it subscribes', () => {
    const { observed, clock, live, clients } = wired();
    const reader = new Reader();
    clients.connect(reader);
    live.accept(observed.happen(3));
    clock.tick(FLUSH_MS);
    clock.tick(STATUS_MS);
    expect(reader.types).toEqual(['hello', 'status']);
  });

  it('gets a snapshot, then what came after it, in batches of at most 2,000', async () => {
    const { observed, live, clients } = wired();
    const reader = new Reader();
    observed.table = [connection(1), connection(2, { rport: 80 })];
    live.accept(observed.happen(5));
    await subscribe(clients.connect(reader), 'rport=443');
    expect(reader.messages[1]).toMatchObject({ type: 'snapshot', seq: 5, filter: 'rport=443', total: 1, connections: [{ sock: 1 }] });
    live.accept(observed.happen(4500));
    live.flush();
    const sizes = reader.messages.flatMap((message) => (message.type === 'batch' ? [message.events.length] : []));
    expect(sizes).toEqual([2000, 2000, 500]);
    expect(reader.seqs).toEqual(Array.from({ length: 4500 }, (_, i) => i + 6));
  });

  it('neither misses nor doubles what happens while its snapshot is being made', async () => {
    const { observed, live, clients } = wired();
    const [first, second] = [new Reader(), new Reader()];
    await subscribe(clients.connect(first));
    live.accept(observed.happen(2));
    clients.connect(second).subscribe(['state'], '');
    live.accept(observed.happen(2));
    live.flush();
    expect(second.types).toEqual(['hello']);
    await settled();
    live.accept(observed.happen(1));
    live.flush();
    expect(second.types).toEqual(['hello', 'snapshot', 'batch', 'batch']);
    expect(second.messages[1]).toMatchObject({ seq: 2 });
    expect([first.seqs, second.seqs]).toEqual([
      [1, 2, 3, 4, 5],
      [3, 4, 5],
    ]);
  });

  it('gets what it asked for, and a new subscription replaces the old, with a gap between them where it missed some', async () => {
    const { observed, live, clients } = wired({ maxEvents: 3, maxBuffered: 0 });
    const reader = new Reader();
    const session = clients.connect(reader);
    await subscribe(session, 'port=443');
    live.accept([...observed.happen(1), ...observed.happen(1, { rport: 80 })]);
    live.flush();
    reader.stall();
    reader.bufferedAmount = 1;
    for (let i = 0; i < 5; i++) {
      live.accept(observed.happen(1));
      live.flush();
    }
    for (const port of [1, 2, 80]) await subscribe(session, `port=${port}`);
    expect(reader.seqs).toEqual([1]);
    reader.catchUp();
    live.accept([...observed.happen(1), ...observed.happen(1, { rport: 80 })]);
    live.flush();
    expect(reader.types).toEqual(['hello', 'snapshot', 'batch', 'batch', 'batch', 'batch', 'gap', 'snapshot', 'batch']);
    expect(reader.messages.find(({ type }) => type === 'gap')).toEqual({ type: 'gap', missed: 2, fromSeq: 6, toSeq: 7 });
    expect(reader.messages.at(-2)).toMatchObject({ filter: 'port=80', seq: 7 });
    expect(reader.seqs).toEqual([1, 3, 4, 5, 9]);
  });

  it('that stopped reading is told how many it missed, and where, as soon as it reads again', async () => {
    const { observed, live, clients } = wired({ maxEvents: 10, maxBuffered: 100 });
    const reader = new Reader();
    await subscribe(clients.connect(reader));
    reader.stall();
    for (const count of [4, 4, 6, 5, 10]) {
      live.accept(observed.happen(count));
      live.flush(); // the first is handed to the socket: now more than 100 bytes wait there
    }
    expect(reader.seqs).toEqual([1, 2, 3, 4]);
    expect(live.missed).toBe(15);
    reader.catchUp();
    live.accept(observed.happen(2));
    live.flush();
    expect(reader.messages.slice(3).map((message) => (message.type === 'batch' ? message.events.map(({ seq }) => seq) : message))).toEqual([
      [5, 6, 7, 8],
      [9, 10, 11, 12, 13, 14],
      { type: 'gap', missed: 15, fromSeq: 15, toSeq: 29 },
      [30, 31],
    ]);
  });

  it('is bounded in bytes as well as in events', async () => {
    const { observed, live, clients } = wired({ maxBytes: 5000, maxBuffered: 0 });
    const reader = new Reader();
    await subscribe(clients.connect(reader));
    reader.bufferedAmount = 1;
    for (let i = 0; i < 30; i++) {
      live.accept(observed.happen(1, { comm: 'x'.repeat(600) }));
      live.flush();
    }
    expect(30 - live.missed).toBe(4); // each some 1,000 bytes
  });

  it('that does not read delays nobody, and gets neither status nor snapshot until it does', async () => {
    const { observed, clock, live, clients } = wired({ maxBuffered: 0 });
    const [stuck, quick] = [new Reader(), new Reader()];
    const session = clients.connect(stuck);
    await subscribe(clients.connect(quick));
    stuck.bufferedAmount = 1;
    for (let i = 0; i < 100; i++) {
      session.subscribe(['state'], `port=${i}`);
      live.accept(observed.happen(1));
      clock.tick(FLUSH_MS);
      clock.tick(STATUS_MS);
    }
    await settled();
    expect(stuck.types).toEqual(['hello']);
    expect(quick.seqs).toHaveLength(100);
    stuck.bufferedAmount = 0;
    live.accept(observed.happen(1, { rport: 99 }));
    clock.tick(FLUSH_MS);
    expect(stuck.messages.slice(1)).toMatchObject([{ type: 'snapshot', filter: 'port=99' }, { type: 'batch' }]);
  });

  it('is sent the very bytes that everybody else in its channel is sent', async () => {
    const { observed, live, clients } = wired();
    const readers = [new Reader(), new Reader(), new Reader()];
    for (const reader of readers) await subscribe(clients.connect(reader), 'port=443');
    live.accept(observed.happen(3));
    live.flush();
    expect(new Set(readers.map(({ buffers }) => buffers.at(-1)?.buffer)).size).toBe(1);
  });

  it('is told what the serving thread was too busy to be given', async () => {
    const { observed, live, clients, posted, holdUp, letThrough } = wired({ maxWaitingBytes: 500 });
    const reader = new Reader();
    await subscribe(clients.connect(reader));
    const from = posted.length;
    holdUp();
    for (let i = 0; i < 6; i++) {
      live.accept(observed.happen(1));
      live.flush();
    }
    letThrough(from);
    live.accept(observed.happen(1));
    live.flush();
    const sent = reader.seqs.length;
    expect(reader.types.slice(2)).toEqual(['batch', 'batch', 'gap', 'gap', 'gap', 'gap', 'batch']);
    expect([sent, live.missed]).toEqual([3, 4]);
    expect(reader.seqs).toEqual([1, 2, 7]);
  });

  it('is told what was left out because too many different subscriptions wanted everything; the one without a filter misses nothing', async () => {
    const { observed, live, clients } = wired({ maxCopied: 500 });
    const [plain, narrow] = [new Reader(), new Reader()];
    await subscribe(clients.connect(narrow), 'port=1-65535');
    await subscribe(clients.connect(plain));
    for (let i = 0; i < 2; i++) {
      live.accept(observed.happen(4));
      live.flush();
    }
    expect(plain.seqs).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(narrow.types.slice(2)).toEqual(['batch', 'gap', 'batch', 'gap']);
    expect(narrow.seqs.length + live.missed).toBe(8);
  });

  it('is greeted anew, with a new snapshot, when another run begins and counts from one again', async () => {
    const { observed, clock, live, clients } = wired();
    const reader = new Reader();
    await subscribe(clients.connect(reader));
    live.accept(observed.happen(5));
    clock.tick(FLUSH_MS);
    live.accept(observed.happen(1));
    observed.seq = 0;
    live.restart();
    live.accept(observed.happen(2));
    clock.tick(FLUSH_MS);
    await settled();
    live.accept(observed.happen(1));
    clock.tick(FLUSH_MS);
    expect(reader.types).toEqual(['hello', 'snapshot', 'batch', 'hello', 'snapshot', 'batch', 'batch']);
    expect(reader.messages.flatMap((message) => (message.type === 'snapshot' ? [message.seq] : []))).toEqual([0, 0]);
    expect(reader.seqs).toEqual([1, 2, 3, 4, 5, 1, 2, 3]);
  });

  it('accounts for every event exactly once, sent or missed, however it reads', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('happen' as const), count: fc.nat(30) }),
      fc.record({ do: fc.constantFrom('flush' as const, 'stall' as const, 'catchUp' as const), count: fc.constant(0) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { observed, live, clients } = wired({ maxEvents: 20, maxBuffered: 2000 });
        const reader = new Reader();
        await subscribe(clients.connect(reader));
        for (const { do: what, count } of steps) {
          if (what === 'happen') live.accept(observed.happen(count));
          else if (what === 'flush') live.flush();
          else reader[what]();
        }
        live.flush();
        reader.catchUp();
        let next = 1;
        for (const message of reader.messages.slice(1)) {
          if (message.type === 'batch') for (const event of message.events) expect(event.seq).toBe(next++);
          if (message.type !== 'gap') continue;
          expect([message.fromSeq, message.toSeq - message.fromSeq + 1]).toEqual([next, message.missed]);
          next = message.toSeq + 1;
        }
        expect(next).toBe(observed.lastSeq() + 1);
      }),
      { numRuns: 300 },
    );
  });
});
