import { CAUSES } from '../../core/model/cause.ts';
import type { DriftCause, Mismatch, Moment } from '../../core/model/probe.ts';
import type { ProbeWire } from '../probe.ts';
import { visibleText } from './visible-text.ts';

/** The application's moments as people call them, in their order. */
export const MOMENT_WORDS: Readonly<Record<Exclude<Moment, 'called'>, string>> = {
  lookupStarted: 'name looked up',
  lookupEnded: 'name resolved',
  connectCalled: 'connect called',
  submitted: 'connect() made',
  connected: 'connected',
  secured: 'TLS agreed',
  firstWrite: 'request sent',
  firstByte: 'first byte',
  done: 'done',
  closeCalled: 'close called',
  closed: 'closed',
};

/** `alive: PONG`, or `not alive: refused, the host is there and nobody listens`. */
export function probeInWords({ alive, cause, words }: ProbeWire): string {
  const said = visibleText(words);
  if (alive || cause === null) return `alive: ${said}`;
  const meaning = CAUSES[cause].words;
  return `not alive: ${cause} (${meaning})${said === '' || said === meaning ? '' : `: ${said}`}`;
}

/** `reachable yes, SYN-ACK · responsive yes · serving no`. */
export function stagesInWords({ stages, responder }: ProbeWire): string {
  const said = (value: boolean | null): string => (value === null ? 'not known' : value ? 'yes' : 'no');
  const by = responder === null ? '' : ` (${RESPONDERS[responder]})`;
  return `reachable ${said(stages.reachable)}${by} · responsive ${said(stages.responsive)} · serving ${said(stages.serving)}`;
}

const RESPONDERS: Readonly<Record<NonNullable<ProbeWire['responder']>, string>> = {
  'syn-ack': 'a SYN-ACK came',
  rst: 'an RST came',
  icmp: 'an ICMP error came, or the neighbour did not answer',
  'this machine': 'this machine itself said no',
  nobody: 'nobody answered',
};

const MISMATCH_WORDS: Readonly<Record<Mismatch, string>> = {
  'false-alive': 'false-alive: established for the kernel, and nobody answers',
  'false-dead': 'false-dead: given up here, while the kernel was connected',
  'masked-loss': 'masked loss: it went well, and the kernel had to send again',
  lingering: 'lingering: over here, and still alive in the kernel',
};

/** Where application and kernel disagree, in words. */
export function mismatchInWords(mismatch: Mismatch): string {
  return MISMATCH_WORDS[mismatch];
}

const CAUSE_WORDS: Readonly<Record<DriftCause, string>> = {
  'event-loop': 'event loop',
  gc: 'garbage collection',
  network: 'network',
  'syn-retransmission': 'SYN sent again',
  'data-retransmission': 'data sent again',
  tls: 'TLS and its network',
  application: 'application and its network',
  unknown: 'not told apart without the kernel',
};

/** What a piece of time went to. */
export function causeInWords(cause: DriftCause): string {
  return CAUSE_WORDS[cause];
}
