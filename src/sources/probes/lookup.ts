import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Reach } from '../../core/model/target.ts';
import { Fault } from './fault.ts';
import type { Lane } from './lane.ts';
import { untilAbort } from './until-abort.ts';

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
  const all = await untilAbort(lookup(host, { all: true, order: 'verbatim' }), signal);
  lane.mark('lookupEnded');
  lane.addresses = all.map(({ address }) => address);
  const chosen = all.find((found) => family === 0 || found.family === family);
  if (chosen === undefined) {
    throw new Fault('dns-failed', 'lookup', `${host} has no IPv${family} address, only ${lane.addresses.join(', ')}`, 'ENODATA');
  }
  return chosen.address;
}
