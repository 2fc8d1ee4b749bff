import { readdirSync, readFileSync, statSync } from 'node:fs';
import { numbersOf } from '../../src/sources/samples/counters.ts';

/** Of one network namespace, or several together. */
export interface TcpCounts {
  readonly activeOpens: number;
  readonly passiveOpens: number;
  /** Open now. */
  readonly open: number;
}

/** From the text of /proc/net/snmp. */
export function tcpCountsOf(snmp: string): TcpCounts {
  const numbers = numbersOf(snmp);
  const number = (name: string): number => {
    const value = numbers.get(`Tcp ${name}`);
    if (value === undefined) throw new Error(`/proc/net/snmp does not tell ${name}`);
    return value;
  };
  return { activeOpens: number('ActiveOpens'), passiveOpens: number('PassiveOpens'), open: number('CurrEstab') };
}

/** Every network namespace in which a process lives, but one, by its inode. */
export function countsElsewhere(except: number): ReadonlyMap<number, TcpCounts> {
  const counts = new Map<number, TcpCounts>();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const { ino } = statSync(`/proc/${pid}/ns/net`);
      if (ino !== except && !counts.has(ino)) counts.set(ino, tcpCountsOf(readFileSync(`/proc/${pid}/net/snmp`, 'utf8')));
    } catch {
      // It has ended meanwhile.
    }
  }
  return counts;
}

/** What was opened between two looks, and what was open at the first. Of a namespace that is new or gone, all that is known counts. */
export function grown(before: ReadonlyMap<number, TcpCounts>, after: ReadonlyMap<number, TcpCounts>): TcpCounts {
  let [activeOpens, passiveOpens, open] = [0, 0, 0];
  for (const one of before.values()) open += one.open;
  for (const [netns, now] of after) {
    activeOpens += now.activeOpens - (before.get(netns)?.activeOpens ?? 0);
    passiveOpens += now.passiveOpens - (before.get(netns)?.passiveOpens ?? 0);
  }
  return { activeOpens, passiveOpens, open };
}
