import { describe, expect, it } from 'vitest';
import { knownInputs } from '../../src/commands/known-inputs.ts';
import { placed } from '../../src/core/detect/placed.ts';
import { evidence, subject } from '../../src/core/model/finding.ts';
import type { Input, OwnersInput } from '../../src/core/model/input.ts';
import type { Owner } from '../../src/core/model/owner.ts';
import { Pipeline } from '../../src/core/pipeline.ts';
import { NamespaceNames } from '../../src/core/track/namespace-names.ts';
import { OwnerBook } from '../../src/core/track/owners.ts';
import { kernel, MS, ready, run, start, T0, tick, up } from './inputs.ts';
import { print, transition } from './lines.ts';
import { NETNS } from './recorded.ts';

const NONE = { type: 'owners', found: [], still: [], gone: [], hidden: [], unread: [] } as const;
const OWNER: Owner = {
  ...{ pid: 7, comm: 'nginx', unit: null, lack: null },
  container: { runtime: 'containerd', id: `3f2a1b9c0d4e${'0'.repeat(52)}`, outer: null },
  pod: { uid: '5d1f3c9e-8a7b-4c2d-9e0f-1a2b3c4d5e6f', name: 'web-7f9c', namespace: 'shop' },
};
const found = (atMs: number, owner = OWNER): OwnersInput => ({ ...NONE, atNs: T0 + atMs * MS, found: [{ startedNs: T0 - 1e9, owner }] });
const names = (atMs: number, name: string): Input => ({ type: 'namespaces', atNs: T0 + atMs * MS, names: [{ netns: NETNS, name }] });
const opens = (atMs: number, skaddr = 1, pid = 7) =>
  print(transition({ from: 'CLOSE', to: 'SYN_SENT', ns: T0 + atMs * MS, netns: NETNS, skaddr, pid, comm: 'worker', lport: 0 }));
const connected = (atMs: number, skaddr = 1) =>
  print(transition({ from: 'SYN_SENT', to: 'ESTABLISHED', ns: T0 + atMs * MS, netns: NETNS, skaddr, lport: 4000 + skaddr }));
const observing = () => {
  const pipeline = new Pipeline({ ...start, owners: true }, { maxSockets: 100 });
  run([up(), ...ready(T0 + MS), tick(T0 + 50 * MS)], pipeline);
  pipeline.owners.takeAsked();
  return pipeline;
};
const owners = (inputs: readonly Input[], pipeline: Pipeline) =>
  run(inputs, pipeline).flatMap((event) => (event.kind === 'state' ? [[event.owner, event.netnsName]] : []));

describe('a socket’s owner', () => {
  it('is asked for when its record comes, and told with its first event', () => {
    const pipeline = observing();
    expect(owners([kernel(T0 + 61 * MS, opens(60))], pipeline)).toEqual([]);
    expect([...pipeline.owners.takeAsked()]).toEqual([7]);
    expect(owners([found(62), names(62, 'blue'), tick(T0 + 100 * MS)], pipeline)).toEqual([[OWNER, 'blue']]);
    expect(pipeline.owners.asked).toBe(0);
    expect([...pipeline.sockets.values()].map(({ owner }) => owner)).toContain(OWNER);
  });

  it('is asked for before a record is told that had waited long enough when it was read', () => {
    const pipeline = observing();
    run([{ ...NONE, atNs: T0 + 55 * MS }], pipeline);
    expect(owners([kernel(T0 + 100 * MS, opens(60)), tick(T0 + 101 * MS)], pipeline)).toEqual([]);
    expect(owners([found(102)], pipeline)).toEqual([[OWNER, null]]);
    // Whom nobody looks at is not waited for for long.
    expect(owners([kernel(T0 + 150 * MS, opens(110)), tick(T0 + 169 * MS)], pipeline)).toEqual([]);
    expect(owners([tick(T0 + 170 * MS), { ...NONE, atNs: T0 + 171 * MS }], pipeline)).toEqual([[null, null]]);
    // Where nobody need be asked it is told by the reading itself.
    expect(owners([kernel(T0 + 200 * MS, opens(160, 2, 0))], pipeline)).toEqual([[null, null]]);
  });

  it('that was looked at too late is told with the next event', () => {
    const pipeline = observing();
    expect(owners([kernel(T0 + 61 * MS, opens(60)), tick(T0 + 100 * MS)], pipeline)).toEqual([[null, null]]);
    expect(owners([found(101), kernel(T0 + 102 * MS, connected(101)), tick(T0 + 140 * MS)], pipeline)).toEqual([[OWNER, null]]);
  });

  it('is looked at once for each process that is told, however many sockets it opens meanwhile', () => {
    const pipeline = observing();
    run([kernel(T0 + 61 * MS, opens(60, 1), opens(60.1, 2), opens(60.2, 3, 8), opens(60.3, 4))], pipeline);
    expect([...pipeline.owners.takeAsked()]).toEqual([7, 8]);
  });

  it('is asked for where a listing names it, too', () => {
    const pipeline = observing();
    const ends = { laddr: '10.0.0.1', lport: 1, raddr: '10.0.0.2', rport: 2 };
    const socket = { ...ends, state: 'ESTABLISHED', pid: 7, comm: 'nginx', remainingMs: null } as const;
    run([{ type: 'sockets', fromNs: T0 + 55 * MS, atNs: T0 + 60 * MS, netns: NETNS, sockets: [socket] }], pipeline);
    expect([...pipeline.owners.takeAsked()]).toEqual([7]);
    run([found(61), tick(T0 + 100 * MS)], pipeline);
    expect(pipeline.sockets.of(NETNS, ends)?.owner).toBe(OWNER);
  });

  it('is neither asked for nor told in a recording that knew none', () => {
    const pipeline = new Pipeline(start, { maxSockets: 100 });
    const told = owners([up(), ...ready(T0 + MS), kernel(T0 + 61 * MS, opens(60)), tick(T0 + 100 * MS)], pipeline);
    expect([pipeline.owners.asked, told]).toEqual([0, told.map(() => [null, null])]);
  });
});

it('what is known goes on in a capture that begins in the middle: owners, their sockets, names', async () => {
  const pipeline = observing();
  run([kernel(T0 + 61 * MS, opens(60), connected(61)), found(62), names(62, 'blue'), tick(T0 + 100 * MS)], pipeline);
  const later = new Pipeline({ ...start, owners: true, atNs: pipeline.nowNs }, { maxSockets: 100 });
  run([{ ...up(pipeline.nowNs), running: true }, ...(await knownInputs(pipeline)), tick(T0 + 200 * MS)], later);
  const still: OwnersInput = { ...NONE, atNs: T0 + 302 * MS, still: [7] };
  const inputs = [kernel(T0 + 301 * MS, opens(300, 2)), still, tick(T0 + 400 * MS)];
  const told = owners(inputs, later);
  expect(told).toEqual([[OWNER, 'blue']]);
  expect(told).toEqual(owners(inputs, pipeline));
  const ownersOf = ({ sockets }: Pipeline) => [...sockets.values()].map(({ lport, owner }) => [lport, owner]);
  expect(ownersOf(later)).toEqual(expect.arrayContaining([[4001, OWNER]]));
});

describe('a finding', () => {
  const told = { subject: subject('service', { netns: NETNS, pid: 7, comm: 'nginx' }), summary: 's', evidence: [evidence('first')] };
  const book = new OwnerBook(true);
  book.take(found(62));
  const called = new NamespaceNames();
  called.take({ type: 'namespaces', atNs: 0, names: [{ netns: NETNS, name: 'blue' }] });

  it('says where its subject runs, behind its evidence and for programs', () => {
    const { subject: about, evidence: pieces } = placed(told, T0, book, called);
    expect(about).toMatchObject({ pid: 7, owner: OWNER, netnsName: 'blue' });
    expect(pieces.map(({ words }) => words)).toEqual([
      'first',
      'nginx[7] runs in pod shop/web-7f9c, containerd 3f2a1b9c0d4e, network namespace blue.',
    ]);
  });

  it('says nothing of who has the pid now, where that one was started after it began', () => {
    const { subject: about, evidence: pieces } = placed(told, T0 - 2e9, book, new NamespaceNames());
    expect([about.owner?.lack, pieces]).toEqual(['gone', told.evidence]);
  });

  it('stays as it is where nothing is known', () => {
    expect(placed(told, T0, new OwnerBook(), new NamespaceNames())).toBe(told);
  });
});
