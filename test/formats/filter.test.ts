import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVENT_KINDS, type Event, type StateEvent } from '../../src/core/model/event.ts';
import { TCP_STATES } from '../../src/core/model/tcp-state.ts';
import { parseFilter } from '../../src/formats/filter.ts';
import type { Connection } from '../../src/formats/status.ts';
import { aFinding } from '../sinks/observed.ts';
import { address, event } from './arbitrary.ts';

const stamp = { seq: 1, ns: 1, wallUs: 1 };
const ends = {
  sock: 1,
  netns: 4026531840,
  family: 4,
  laddr: '10.0.0.7',
  lport: 50000,
  raddr: '192.0.2.9',
  rport: 443,
  pid: 42,
  comm: 'my app',
  owner: {
    pid: 42,
    comm: 'shop',
    unit: 'kubelet.service',
    container: { runtime: 'containerd', id: `3f2a1b9c0d4e${'0'.repeat(52)}`, outer: 'kind-worker' },
    pod: { uid: '5d1f3c9e-8a7b-4c2d-9e0f-1a2b3c4d5e6f', name: 'web-7f9c', namespace: 'shop' },
    lack: null,
  },
  netnsName: 'cni-1',
  probe: null,
} as const;
const state: StateEvent = {
  ...stamp,
  ...ends,
  kind: 'state',
  from: 'SYN_SENT',
  to: 'ESTABLISHED',
  dwellUs: null,
  sndUna: null,
  sndNxt: null,
  rcvNxt: null,
  srttUs: null,
  retransmits: null,
  origin: 'active',
  anomaly: null,
};
const gap: Event = { ...stamp, kind: 'gap', cause: 'blind', lost: null, shed: 0, fromNs: 1, toNs: 2, what: null, parts: [] };
const tier: Event = { ...stamp, kind: 'tier', share: 32, before: 1 };
const neighbour: Event = { ...stamp, kind: 'neighbour', address: '10.0.0.1', device: 'eth0', oldLink: null, newLink: '02:00:00:00:00:01' };
const connection: Connection = { ...ends, state: 'ESTABLISHED', sinceNs: null, origin: 'active', retransmits: 0 };

const fits = (text: string, candidate: Event = state, host = 'web-1'): boolean => parseFilter(text).matches(candidate, host);

describe('a filter', () => {
  it.each([
    ['', true],
    ['port=443', true],
    ['port=50000', true],
    ['port=80,400-443', true],
    ['port=80', false],
    ['lport=443', false],
    ['rport=443', true],
    ['lport=49152-65535 rport=443', true],
    ['port=443 port=50000', true],
    ['port=443 port=80', false],
    ['addr=10.0.0.0/8', true],
    ['addr=::ffff:192.0.2.9', true],
    ['laddr=192.0.2.9', false],
    ['raddr=192.0.2.0/24,::1', true],
    ['addr=::/0', false],
    ['state=SYN_SENT', true],
    ['state=LISTEN,established', true],
    ['state=CLOSE', false],
    ['pid=42', true],
    ['pid=4', false],
    ['netns=4026531840', true],
    ['netns=cni-1', true],
    ['netns=cni-*', true],
    ['netns=cni', false],
    ['pod=web-7f9c', true],
    ['pod=shop/web-*', true],
    ['pod=5d1f3c9e-8a7b-4c2d-9e0f-1a2b3c4d5e6f', true],
    ['pod=shop', false],
    ['container=3f2a1b9c0d4e', true],
    ['container=3f2a*', true],
    ['container=kind-worker', true],
    ['container=3f2a', false],
    ['unit=kubelet.*', true],
    ['unit=nginx.service', false],
    ['comm="my app"', true],
    ['comm="my a*"', true],
    ['comm=*app', true],
    ['comm=m*a*p', true],
    ['comm=my', false],
    ['comm="my\\*app"', false],
    ['kind=state', true],
    ['kind=drop,reset', false],
    ['host=web-1', true],
    ['host=web', false],
  ])('%s on a connection of “my app” from 10.0.0.7:50000 to 192.0.2.9:443: %s', (text, expected) => {
    expect(fits(text)).toBe(expected);
  });

  it('takes the state of other events from their own field, and TIME_WAIT from the ledger’s', () => {
    const drop: Event = {
      ...stamp,
      ...ends,
      kind: 'drop',
      reason: 'X',
      direction: 'received',
      state: 'CLOSE_WAIT',
      segSeq: 0,
      segAck: 0,
      segFlags: 0,
    };
    const wait: Event = { ...stamp, ...ends, kind: 'time-wait', phase: 'enter', inferred: true, reusedBy: null };
    const error: Event = { ...stamp, ...ends, kind: 'socket-error', errno: 'ETIMEDOUT' };
    expect([fits('state=CLOSE_WAIT', drop), fits('state=CLOSE', drop), fits('state=CLOSE', { ...drop, state: null })]).toEqual([
      true,
      false,
      false,
    ]);
    expect([fits('state=TIME_WAIT', wait), fits('state=CLOSE', wait), fits('state=CLOSE', error)]).toEqual([true, false, false]);
  });

  it('does not fit what is not known', () => {
    expect(fits('pid=0-4294967295', { ...state, pid: null })).toBe(false);
    expect(fits('comm=*', { ...state, comm: null })).toBe(false);
    expect(fits('netns=1', { ...state, netns: null })).toBe(false);
    expect(fits('netns=*', { ...state, netnsName: null })).toBe(false);
    const gone = { ...state.owner, pid: 42, comm: null, unit: null, container: null, pod: null, lack: 'gone' } as const;
    for (const term of ['pod', 'container', 'unit']) {
      expect([fits(`${term}=*`, { ...state, owner: null }), fits(`${term}=*`, { ...state, owner: gone })]).toEqual([false, false]);
    }
  });

  it('finds a neighbour by its address and by nothing that only sockets have', () => {
    expect([fits('addr=10.0.0.0/24', neighbour), fits('addr=::1', neighbour)]).toEqual([true, false]);
    expect([fits('port=443', neighbour), fits('raddr=10.0.0.1', neighbour), fits('state=CLOSE', neighbour)]).toEqual([false, false, false]);
    expect(fits('kind=neighbour host=web-1', neighbour)).toBe(true);
  });

  it('fits a finding by its subject or by one of the sockets it lists, and not by what its subject leaves open', () => {
    const at = aFinding(1, {
      laddr: '10.0.0.1',
      lport: 443,
      sockets: [{ sock: 7, laddr: '10.0.0.1', lport: 443, raddr: '10.9.0.3', rport: 51000 }],
    });
    const fits = (text: string): boolean => parseFilter(text).matches(at, 'h');
    expect(['port=443', 'lport=443', 'laddr=10.0.0.0/24', 'raddr=10.9.0.3', 'rport=51000', 'kind=finding', ''].map(fits)).not.toContain(
      false,
    );
    expect(['port=80', 'raddr=10.0.0.2', 'pid=1', 'comm=*', 'state=LISTEN', 'kind=gap'].map(fits)).not.toContain(true);
  });

  it('lets a gap pass whatever is asked for, unless its kind is left out on purpose', () => {
    expect(fits('port=443 addr=::1 state=LISTEN pid=1 comm=x netns=1 host=other', gap)).toBe(true);
    expect([fits('kind=gap,state port=443', gap), fits('kind=state', gap)]).toEqual([true, false]);
  });

  it('lets a step of the tier pass likewise: who looks at one port must know that not all is told', () => {
    expect(fits('port=443 addr=::1 state=LISTEN pid=1 comm=x netns=1 host=other', tier)).toBe(true);
    expect([fits('kind=tier,state port=443', tier), fits('kind=state', tier), fits('kind=gap', tier), fits('kind=tier', gap)]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it('judges a connection by the same terms; kind says nothing about it, host only where one is given', () => {
    const filter = parseFilter('port=443 state=ESTABLISHED comm="my app" kind=drop host=web-1');
    expect(filter.matchesConnection(connection)).toBe(true);
    expect(filter.matchesConnection(connection, 'web-1')).toBe(true);
    expect(filter.matchesConnection(connection, 'web-2')).toBe(false);
    expect(filter.matchesConnection({ ...connection, state: 'SYN_SENT' })).toBe(false);
  });

  it('takes arguments whose quotes the shell has removed', () => {
    expect(parseFilter(['comm=my app', 'port=443', 'state=LISTEN pid=1']).text).toBe('comm="my app" port=443 state=LISTEN pid=1');
    expect(parseFilter(['comm=curl port=443']).text).toBe('comm=curl port=443');
  });

  it('writes itself in one way', () => {
    expect(parseFilter('  state=listen,LISTEN   addr=0:0:0:0:0:0:0:1,10.1.1.1/8 port=080,1-1 comm="a" ').text).toBe(
      'state=LISTEN addr=::1,10.0.0.0/8 port=80,1 comm=a',
    );
  });
});

const list = (item: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => items.join(','));
const port = fc.nat(65535).map(String);
const range = fc.tuple(fc.nat(65535), fc.nat(65535)).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
const quoted = fc.string({ maxLength: 6 }).map((text) => `"${text.replaceAll(/["\\]/g, '\\$&')}"`);
const term = fc.oneof(
  fc.tuple(fc.constantFrom('port', 'lport', 'rport'), list(fc.oneof(port, range))),
  fc.tuple(
    fc.constantFrom('addr', 'laddr', 'raddr'),
    list(
      fc.oneof(
        address,
        fc.tuple(fc.ipV4(), fc.nat(32)).map((cidr) => cidr.join('/')),
      ),
    ),
  ),
  fc.tuple(fc.constant('state'), list(fc.constantFrom(...TCP_STATES))),
  fc.tuple(fc.constant('kind'), list(fc.constantFrom(...EVENT_KINDS))),
  fc.tuple(fc.constantFrom('pid', 'netns'), list(port)),
  fc.tuple(fc.constant('comm'), quoted),
);
const filterText = fc.array(term, { maxLength: 5 }).map((terms) => terms.map((pair) => pair.join('=')).join(' '));

describe('any filter', () => {
  it('means the same when its canonical text is parsed again', () => {
    fc.assert(
      fc.property(filterText, fc.array(event, { maxLength: 5 }), (text, events) => {
        const filter = parseFilter(text);
        const again = parseFilter(filter.text);
        expect(again.text).toBe(filter.text);
        for (const candidate of events) expect(again.matches(candidate, 'h')).toBe(filter.matches(candidate, 'h'));
      }),
      { numRuns: 1000 },
    );
  });

  it('is the and of its terms', () => {
    fc.assert(
      fc.property(fc.array(term, { maxLength: 4 }), event, (terms, candidate) => {
        const texts = terms.map((pair) => pair.join('='));
        const each = texts.every((text) => parseFilter(text).matches(candidate, 'h'));
        expect(parseFilter(texts.join(' ')).matches(candidate, 'h')).toBe(each);
        expect(parseFilter(texts).matches(candidate, 'h')).toBe(each);
      }),
      { numRuns: 1000 },
    );
  });

  it('finds a name by itself, quoted, and by any glob made of it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 15 }), fc.nat(15), fc.nat(15), (comm, a, b) => {
        const literal = (text: string): string => text.replaceAll(/["\\*]/g, '\\$&');
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const named = { ...state, comm };
        expect(fits(`comm="${literal(comm)}"`, named)).toBe(true);
        expect(fits(`comm="${literal(comm.slice(0, from))}*${literal(comm.slice(to))}"`, named)).toBe(true);
        expect(fits(`comm="${literal(comm)}x"`, named)).toBe(false);
      }),
    );
  });

  it('throws nothing but FILTER_SYNTAX, whatever is typed', () => {
    const typed = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.string({ unit: fc.constantFrom('port', 'comm', '=', '"', ',', ' ', '-', '*', '\\', '1'), maxLength: 12 }),
    );
    fc.assert(
      fc.property(typed, (text) => {
        try {
          parseFilter(text);
        } catch (error) {
          expect(error).toMatchObject({ code: 'FILTER_SYNTAX', where: expect.stringMatching(/^FILTER term \d+, column \d+$/) });
        }
      }),
      { numRuns: 5000 },
    );
  });
});
