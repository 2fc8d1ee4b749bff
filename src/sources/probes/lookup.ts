import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Reach } from '../../core/model/target.ts';
import { Fault } from './fault.ts';
import type { Lane } from './lane.ts';
import { untilAbort } from './until-abort.ts';

/**
 * Lookups that have not ended yet. getaddrinfo(3) cannot be stopped and few run at a time: who asks for a name that is being asked for
 * waits for the same answer, so that a resolver that hangs is asked once a name and not once an attempt.
 */
const underWay = new Map<string, Promise<LookupAddress[]>>();

function addressesOf(host: string): Promise<LookupAddress[]> {
  const known = underWay.get(host);
  if (known !== undefined) return known;
  const asked = lookup(host, { all: true, order: 'verbatim' }).finally(() => underWay.delete(host));
  underWay.set(host, asked);
  return asked;
}

/**
 * The address to connect to: the resolver's first of the wanted family. As getaddrinfo(3) sees it, /etc/hosts included, for that is what
 * the applications on this machine see. One attempt tries one address: whatever happens to it is not hidden behind the next.
 */
export async function lookUp(lane: Lane, { host, family }: Reach, signal: AbortSignal): Promise<string> {
  const own = isIP(host);
  if (own !== 0) {
    lane.addresses = [host];
    return host;
  }
  lane.during = 'lookup';
  lane.mark('lookupStarted');
  const all = await untilAbort(addressesOf(host), signal);
  lane.mark('lookupEnded');
  lane.addresses = all.map(({ address }) => address);
  const chosen = all.find((found) => family === 0 || found.family === family);
  if (chosen === undefined) {
    throw new Fault('dns-failed', 'lookup', `${host} has no IPv${family} address, only ${lane.addresses.join(', ')}`, 'ENODATA');
  }
  return chosen.address;
}
