import { holds, type Network, parseNetwork } from '../core/model/address.ts';
import { EVENT_KINDS, type Event, type GapEvent, type ProbeEvent, type TierEvent } from '../core/model/event.ts';
import type { Subject } from '../core/model/finding.ts';
import { suggestion } from '../core/model/nearest.ts';
import { type Owner, podName, shortId } from '../core/model/owner.ts';
import { TCP_STATES, type TcpState } from '../core/model/tcp-state.ts';
import { type Glob, parseGlob } from './filter-glob.ts';
import { filterFault, type RawTerm } from './filter-text.ts';
import type { Listed } from './status.ts';

/** A term, compiled: neither test allocates. */
export interface Term {
  readonly text: string;
  /** Whether it lets gaps pass, and steps of the tier. */
  readonly gaps: boolean;
  readonly tiers: boolean;
  event(event: Exclude<Event, GapEvent | TierEvent>, host: string): boolean;
  connection(connection: Listed, host: string | undefined): boolean;
}

/** What events about a socket, connections and the subjects of findings have in common. */
type Socket = Pick<Subject, 'laddr' | 'lport' | 'raddr' | 'rport' | 'pid' | 'comm' | 'owner' | 'netns' | 'netnsName'>;

/** @throws SynopticError FILTER_SYNTAX where the value is not one that the term can have. */
export function compileTerm(raw: RawTerm): Term {
  switch (raw.name) {
    case 'port':
      return numbers(raw, MAX_PORT, (s, fits) => fits(s.lport) || fits(s.rport));
    case 'lport':
      return numbers(raw, MAX_PORT, (s, fits) => fits(s.lport));
    case 'rport':
      return numbers(raw, MAX_PORT, (s, fits) => fits(s.rport));
    case 'pid':
      return numbers(raw, MAX_INODE, (s, fits) => fits(s.pid));
    case 'netns':
      return /^[\d,-]+$/.test(raw.value) ? numbers(raw, MAX_INODE, (s, fits) => fits(s.netns)) : named(raw, (s, fits) => fits(s.netnsName));
    case 'pod':
      return ofOwner(raw, ({ pod }, fits) => pod !== null && (fits(pod.name) || fits(pod.uid) || fits(podName(pod))));
    case 'container':
      return ofOwner(raw, ({ container }, fits) => container !== null && (fitsId(container.id, fits) || fitsId(container.outer, fits)));
    case 'unit':
      return ofOwner(raw, ({ unit }, fits) => fits(unit));
    case 'addr':
      return addresses(raw, (s, fits) => fits(s.laddr) || fits(s.raddr));
    case 'laddr':
      return addresses(raw, (s, fits) => fits(s.laddr));
    case 'raddr':
      return addresses(raw, (s, fits) => fits(s.raddr));
    case 'state':
      return states(raw);
    case 'comm':
      return named(raw, (s, fits) => fits(s.comm));
    case 'kind':
      return kinds(raw);
    case 'host':
      return host(raw);
  }
}

const MAX_PORT = 65535;
/** Inode numbers of namespaces and process ids both fit 32 bits. */
const MAX_INODE = 0xffffffff;

/** A term about the socket itself; an event without a socket does not fit, and a finding does where its subject or a socket of it does. */
function ofSocket(text: string, test: (socket: Socket) => boolean): Term {
  return {
    text,
    gaps: true,
    tiers: true,
    event: (event) => {
      if (event.kind === 'finding') return fitsSubject(event.subject, test);
      return event.kind !== 'neighbour' && test(event.kind === 'probe' ? probed(event) : event);
    },
    connection: test,
  };
}

/** A probe's own socket; an end that is not known fits no address, and port 0 only. */
function probed({ attempt: { laddr, lport, raddr, rport }, netns }: ProbeEvent): Socket {
  const unknown = { pid: null, comm: null, owner: null, netnsName: null };
  return { laddr: laddr ?? '', lport: lport ?? 0, raddr: raddr ?? '', rport, netns, ...unknown };
}

function fitsSubject(subject: Subject, test: (socket: Socket) => boolean): boolean {
  if (test(subject)) return true;
  for (const socket of subject.sockets) if (test({ ...subject, ...socket })) return true;
  return false;
}

function numbers(raw: RawTerm, max: number, test: (socket: Socket, fits: (value: number | null) => boolean) => boolean): Term {
  const ranges = items(raw).map(({ text, column }) => {
    const [, from = '', to = from] = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(text) ?? [];
    const range = { low: Number(from), high: Number(to) };
    if (from === '' || range.high > max || range.low > range.high) {
      const what = range.low > range.high ? `The range ${text} runs backwards.` : `${raw.name}= cannot be “${text}”.`;
      throw filterFault(raw.number, column, what, `numbers from 0 to ${max} or ranges of them, for example ${raw.name}=443,8000-8100`);
    }
    return range;
  });
  const fits = (value: number | null): boolean => {
    if (value === null) return false;
    for (const range of ranges) if (value >= range.low && value <= range.high) return true;
    return false;
  };
  const text = ranges.map(({ low, high }) => (low === high ? `${low}` : `${low}-${high}`)).join(',');
  return ofSocket(`${raw.name}=${text}`, (socket) => test(socket, fits));
}

function addresses(raw: RawTerm, test: (socket: Socket, fits: (address: string | null) => boolean) => boolean): Term {
  const networks = items(raw).map(({ text, column }): Network => {
    const network = parseNetwork(text);
    if (network !== null) return network;
    const expected = `IPv4 or IPv6 addresses or CIDR blocks, for example ${raw.name}=10.0.0.0/8 or ${raw.name}=::1`;
    throw filterFault(raw.number, column, `“${text}” is neither an address nor a CIDR block.`, expected);
  });
  const fits = (address: string | null): boolean => {
    if (address === null) return false;
    for (const network of networks) if (holds(network, address)) return true;
    return false;
  };
  const term = ofSocket(`${raw.name}=${networks.map((network) => network.text).join(',')}`, (socket) => test(socket, fits));
  if (raw.name !== 'addr') return term;
  // A neighbour is no end of a connection, but whoever asks for an address wants to see its link-layer address change.
  return { ...term, event: (event, host) => (event.kind === 'neighbour' ? fits(event.address) : term.event(event, host)) };
}

function states(raw: RawTerm): Term {
  const wanted = new Set<TcpState>(items(raw).map((item) => oneOf(raw, item, TCP_STATES, item.text.toUpperCase())));
  return {
    text: `state=${[...wanted].join(',')}`,
    gaps: true,
    tiers: true,
    event: (event) => {
      if (event.kind === 'state') return wanted.has(event.from) || wanted.has(event.to);
      if (event.kind === 'time-wait') return wanted.has('TIME_WAIT');
      return 'state' in event && event.state !== null && wanted.has(event.state);
    },
    connection: (connection) => wanted.has(connection.state),
  };
}

function kinds(raw: RawTerm): Term {
  const wanted = new Set(items(raw).map((item) => oneOf(raw, item, EVENT_KINDS, item.text)));
  return {
    text: `kind=${[...wanted].join(',')}`,
    gaps: wanted.has('gap'),
    tiers: wanted.has('tier'),
    event: (event) => wanted.has(event.kind),
    connection: () => true,
  };
}

function host(raw: RawTerm): Term {
  const wanted = raw.value;
  if (!/^[^\s"\\]+$/.test(wanted))
    throw filterFault(raw.number, raw.column, `“${wanted}” is no host name.`, 'one host name, for example host=web-1');
  return {
    text: `host=${wanted}`,
    gaps: true,
    tiers: true,
    event: (_event, from) => from === wanted,
    connection: (_connection, from) => from === undefined || from === wanted,
  };
}

type Fits = (name: string | null) => boolean;

/** Text that others chose: exact, or with `*`. */
function named(raw: RawTerm, test: (socket: Socket, fits: Fits) => boolean): Term {
  const glob: Glob = parseGlob(raw.value, raw.quoted);
  const fits: Fits = (name) => name !== null && glob.fits(name);
  return ofSocket(`${raw.name}=${glob.text}`, (socket) => test(socket, fits));
}

function ofOwner(raw: RawTerm, test: (owner: Owner, fits: Fits) => boolean): Term {
  return named(raw, ({ owner }, fits) => owner !== null && test(owner, fits));
}

/** As a whole, or the 12 digits that everybody shows. */
function fitsId(id: string | null, fits: Fits): boolean {
  return id !== null && (fits(id) || fits(shortId(id)));
}

function oneOf<T extends string>(raw: RawTerm, item: Item, names: readonly T[], text: string): T {
  const name = names.find((known) => known === text);
  if (name !== undefined) return name;
  const message = `There is no ${raw.name} “${item.text}”.${suggestion(item.text, names)}`;
  throw filterFault(raw.number, item.column, message, `one or more of ${names.join(' ')}, with commas between`);
}

interface Item {
  readonly text: string;
  readonly column: number;
}

/** The values of a comma list, each with its column. */
function items(raw: RawTerm): Item[] {
  let column = raw.column;
  return raw.value.split(',').map((text) => {
    const item = { text, column };
    column += text.length + 1;
    return item;
  });
}
