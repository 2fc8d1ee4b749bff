import type { FastOpenState } from '../../core/model/socket-view.ts';
import type { DoctorRow } from '../../formats/doctor.ts';
import type { SocketFacts } from './socket-facts.ts';

const name = 'socket options';

/** The one row about probes' own sockets: whether options can be set, and how Fast Open stands. Never hinders observing. */
export function socketRow({ lack, fastOpen }: SocketFacts): DoctorRow {
  const standing = fastOpenInWords(fastOpen.value);
  if (lack.value !== null) {
    return {
      ...{ name, value: `cannot be set: ${lack.value}; Fast Open: ${standing.words}`, evidence: lack.evidence, severity: 'info' },
      cost:
        'Probes work. Their keep-alive interval and count, TCP_USER_TIMEOUT and Fast Open are not applied, and the round trip and ' +
        'retransmissions of their own sockets are not known. Network namespaces are looked into by `ss`, thirty times as dear and so as seldom: ' +
        'findings that rest on queues and counters come seconds later',
      mend: 'npm ci (without --omit=optional), on Linux for x64, arm64, arm, ia32, riscv64, loong64 or ppc64',
    };
  }
  const { cost = null, mend = null } = standing;
  const value = `can be set and read; Fast Open: ${standing.words}`;
  return { name, value, evidence: `${lack.evidence}; ${fastOpen.evidence}`, severity: cost === null ? 'ok' : 'info', cost, mend };
}

interface Standing {
  readonly words: string;
  readonly cost?: string;
  readonly mend?: string;
}

function fastOpenInWords({ setting, active, activeFail, blackhole, blackholeTimeoutS }: FastOpenState): Standing {
  if (setting === null) return { words: 'this kernel has none' };
  if ((setting & 1) === 0) {
    return {
      words: `off for clients (${setting})`,
      cost: 'A probe that wants Fast Open connects without it, and says so',
      mend: `sysctl net.ipv4.tcp_fastopen=${setting | 1}`,
    };
  }
  const counts = `${active ?? 'unknown'} carried data so far, ${activeFail ?? 'unknown'} failed`;
  if ((blackhole ?? 0) === 0) return { words: `on for clients; ${counts}` };
  const holding = (blackholeTimeoutS ?? 0) > 0;
  return {
    words: `on for clients; ${counts}, black holes met ${blackhole} times`,
    cost: holding
      ? `After each the kernel sends no data in SYNs, to nobody, for ${blackholeTimeoutS} s and longer each time; probes then say held-back`
      : 'Something on the way to some server swallows connections that begin with Fast Open: each costs a second or more',
    mend: 'find the path: probes with fastOpen say which targets are syn-lost or unanswered, and do without it there',
  };
}
