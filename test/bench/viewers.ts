import { setTimeout as delay } from 'node:timers/promises';
import type { Benchmark, Context, Figure, Report } from './benchmark.ts';
import { StormNamespace } from './load.ts';
import { Observer } from './observer.ts';
import { Readers } from './readers.ts';
import { Reference } from './reference.ts';
import { settle } from './settle.ts';
import { quantile } from './statistics.ts';

const RATE = 1000;
const SECONDS = { full: 30, quick: 4 };
/** Left out of the ingestion's rate at the beginning, where the stream is still on its way. */
const WARM_MS = 1000;
const CROWD = 200;
const LEAST_INGESTION = 0.9;
/**
 * Of p99, and in MB: what one stuck viewer may do to the others and to the observer, against the same viewer reading (its queue is bounded:
 * some 13 MB, and garbage). That anybody at all asks for the full stream is another matter, and shown beside it.
 */
const STUCK = { most: 1.25, memoryMb: 64 };

/** Reach 5, second half: what viewers cost the observation, and each other. */
export const viewers: Benchmark = {
  name: 'viewers',
  about: 'reach 5: 200 viewers at the full stream of 10,000 events/s against none, and one that is stuck against one that reads',
  each: false,
  run: async (context): Promise<Report> => {
    const rounds: Round[] = [];
    for (let round = 1; round <= context.rounds; round++) {
      const [bpftrace] = context.bpftraces;
      if (bpftrace === undefined) throw new Error('no bpftrace');
      await using observer = await Observer.start({ bpftrace, signal: context.signal });
      context.say(`round ${round} of ${context.rounds}: warming up`);
      await phase(observer, null, context); // heap and ledger find their size, so that memory is compared with memory
      context.say(`round ${round} of ${context.rounds}: nobody else`);
      const alone = await phase(observer, null, context);
      context.say(`round ${round} of ${context.rounds}: one reading`);
      const reading = await phase(observer, { clients: 1, stuck: false }, context);
      context.say(`round ${round} of ${context.rounds}: one stuck`);
      const stuck = await phase(observer, { clients: 1, stuck: true }, context);
      context.say(`round ${round} of ${context.rounds}: ${CROWD} viewers`);
      const crowd = await phase(observer, { clients: CROWD, stuck: false }, context);
      rounds.push({ alone, reading, stuck, crowd });
    }
    const figures: Figure[] = [
      { name: 'ingestion alone', unit: 'lines/s', values: rounds.map(({ alone }) => alone.linesPerSecond) },
      { name: `ingestion with ${CROWD} viewers`, unit: 'lines/s', values: rounds.map(({ crowd }) => crowd.linesPerSecond) },
      {
        name: `ingestion with ${CROWD} ÷ alone, of what was fed`,
        unit: '',
        values: rounds.map(({ crowd, alone }) => crowd.handled / alone.handled),
        target: { atLeast: LEAST_INGESTION },
      },
      { name: 'light client p99 alone', unit: 'ms', values: rounds.map(({ alone }) => alone.p99) },
      { name: `light client p50 with ${CROWD}`, unit: 'ms', values: rounds.map(({ crowd }) => crowd.p50) },
      { name: `light client p99 with ${CROWD}`, unit: 'ms', values: rounds.map(({ crowd }) => crowd.p99) },
      { name: `sent to the ${CROWD}`, unit: 'MB/s', values: rounds.map(({ crowd }) => crowd.sentMb) },
      { name: `lost + shed with ${CROWD}`, unit: 'records', values: rounds.map(({ crowd }) => crowd.missed) },
      {
        name: 'light client p99, one reading ÷ alone',
        unit: '',
        values: rounds.map(({ reading, alone }) => reading.p99 / alone.p99),
      },
      {
        name: 'light client p99, one stuck ÷ the same reading',
        unit: '',
        values: rounds.map(({ stuck, reading }) => stuck.p99 / reading.p99),
        target: { atMost: STUCK.most },
      },
      {
        name: 'Node’s memory with one stuck − the same reading',
        unit: 'MB',
        values: rounds.map(({ stuck, reading }) => stuck.memoryMb - reading.memoryMb),
        target: { atMost: STUCK.memoryMb },
      },
    ];
    const closed = rounds.reduce((sum, { crowd }) => sum + crowd.closed, 0);
    return {
      figures,
      accounts: [],
      notes: closed === 0 ? [] : [`${closed} viewers were closed by the server: they were not watching to the end`],
    };
  },
};

/** In this order, on one observer. */
interface Round {
  readonly alone: Phase;
  readonly reading: Phase;
  readonly stuck: Phase;
  readonly crowd: Phase;
}

interface Phase {
  readonly linesPerSecond: number;
  /** Transitions handled in a time ÷ made by the storm in that time. */
  readonly handled: number;
  readonly p50: number;
  readonly p99: number;
  readonly sentMb: number;
  readonly closed: number;
  readonly missed: number;
  readonly memoryMb: number;
}

async function phase(observer: Observer, crowd: { clients: number; stuck: boolean } | null, context: Context): Promise<Phase> {
  const { signal } = context;
  const seconds = SECONDS[context.quick ? 'quick' : 'full'];
  await settle(context);
  using reference = await Reference.open(observer.url, signal);
  await using readers = crowd === null ? null : await Readers.open(observer.url, crowd, signal);
  await using namespace = new StormNamespace();
  const before = (await observer.told()).completeness;
  const storm = namespace.run({ rate: RATE, seconds }, signal);
  storm.catch(() => undefined); // told where it is waited for
  await Promise.race([delay(WARM_MS, undefined, { signal }), storm]);
  const first = await handledBy(observer);
  const { perSecond } = await storm;
  const last = await handledBy(observer);
  await delay(WARM_MS, undefined, { signal });
  const after = (await observer.told()).completeness;
  const memoryMb = observer.memory.node;
  const read = (await readers?.close()) ?? null;
  const linesPerSecond = (last.lines - first.lines) / (last.seconds - first.seconds);
  const [p50, p99] = [quantile(reference.delaysMs, 0.5), quantile(reference.delaysMs, 0.99)];
  if (p50 === null || p99 === null) throw new Error('the light client got no event at all');
  return {
    linesPerSecond,
    handled: linesPerSecond / (10 * perSecond),
    p50,
    p99,
    sentMb: (read?.bytes ?? 0) / 1e6 / seconds,
    closed: read?.closed ?? 0,
    missed: after.lost + after.shed - before.lost - before.shed,
    memoryMb,
  };
}

async function handledBy(observer: Observer): Promise<{ lines: number; seconds: number }> {
  const metrics = await observer.metrics();
  return { lines: metrics.sum('synoptic_transitions_total'), seconds: performance.now() / 1000 };
}
