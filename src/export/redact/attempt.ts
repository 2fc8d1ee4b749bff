import { CAUSES } from '../../core/model/cause.ts';
import type { Failure, ProbeAttempt, TlsView } from '../../core/model/probe.ts';
import type { SocketView } from '../../core/model/socket-view.ts';
import type { Addresses } from './addresses.ts';
import type { Names } from './names.ts';
import { WITHHELD } from './own-words.ts';

/** Errnos, OpenSSL's and Node's codes, a gRPC status: words that nobody chooses. */
const CODE = /^(?:E[A-Z0-9]{2,15}|(?:ERR|CERT|UNABLE|DEPTH|SELF|HOSTNAME|HPE|UNDER)_[A-Z0-9_]{2,60}|\d{1,2})$/;

/** An attempt of a probe with stand-ins. What the far end said, and whatever was made of it, is withheld. */
export function redactAttempt(attempt: ProbeAttempt, { addresses, names }: { addresses: Addresses; names: Names }): ProbeAttempt {
  const { protocol, reason, plannedNs, wallUs, timeoutMs, moments, loop, lport, rport, bytesSent, bytesReceived } = attempt;
  const address = (text: string): string => addresses.of(text) ?? WITHHELD;
  return {
    target: names.target(attempt.target),
    protocol,
    attempt: attempt.attempt,
    reason,
    requestId: names.uuid(attempt.requestId),
    ...{ plannedNs, wallUs, timeoutMs },
    moments: { ...figures(moments) },
    loop: {
      lastFreeNs: loop.lastFreeNs,
      lagNs: loop.lagNs,
      stalls: loop.stalls.map(({ fromNs, toNs, busyNs }) => ({ fromNs, toNs, busyNs })),
      gcPauses: loop.gcPauses.map(({ fromNs, toNs }) => ({ fromNs, toNs })),
    },
    addresses: attempt.addresses.map(address),
    laddr: attempt.laddr === null ? null : address(attempt.laddr),
    lport,
    raddr: attempt.raddr === null ? null : address(attempt.raddr),
    rport,
    ...{ bytesSent, bytesReceived },
    tls: attempt.tls === null ? null : redactTls(attempt.tls, names),
    pooled: attempt.pooled === null ? null : { ...attempt.pooled, replaced: withheld(attempt.pooled.replaced) },
    socket: attempt.socket === null ? null : redactSocket(attempt.socket),
    answer: withheld(attempt.answer),
    failure: attempt.failure === null ? null : redactFailure(attempt.failure),
  };
}

/** Only the numbers of what holds nothing else. */
export function figures<T extends object>(of: T): T {
  const kept = Object.entries(of).filter(([, value]) => value === null || typeof value === 'number' || typeof value === 'boolean');
  // The same type: T holds nothing but such values, and what else a file may have is left out.
  return Object.fromEntries(kept) as T;
}

function withheld(text: string | null): string | null {
  return text === null ? null : WITHHELD;
}

/** What the cause means in general stands for what was said. */
function redactFailure({ cause, during, code }: Failure): Failure {
  return { cause, during, code: code !== null && CODE.test(code) ? code : null, words: CAUSES[cause].words };
}

/** When a certificate ends is in public logs, beside its name. */
function redactTls({ version, cipher, subject, issuer, fault }: TlsView, names: Names): TlsView {
  return {
    version,
    cipher,
    subject: subject === null ? null : names.host(subject),
    issuer: issuer === null ? null : names.word('issuer', issuer),
    validTo: null,
    fault: withheld(fault),
  };
}

function redactSocket({ options, fastOpen, info, why }: SocketView): SocketView {
  return {
    options: options.map(({ name, asked, applied, why }) => ({ name, asked, applied, why: withheld(why) })),
    fastOpen:
      fastOpen === null
        ? null
        : { outcome: fastOpen.outcome, why: withheld(fastOpen.why), state: fastOpen.state === null ? null : figures(fastOpen.state) },
    info: info === null ? null : { ...figures(info), state: info.state, options: info.options },
    why: withheld(why),
  };
}
