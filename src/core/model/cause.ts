/** The three stages of a verdict: the SYN was answered, the far end's TCP accepted, the application's own reply was right. */
export const STAGES = ['reachable', 'responsive', 'serving'] as const;
export type Stage = (typeof STAGES)[number];

/** What went wrong, in the closed list that users script against. `stage` is the first that it makes false. */
export const CAUSES = {
  'dns-failed': { stage: 'reachable', words: 'the name does not resolve' },
  'dns-slow': { stage: 'reachable', words: 'the name was not resolved in time' },
  'no-route': { stage: 'reachable', words: 'this machine has no route there' },
  forbidden: { stage: 'reachable', words: 'this machine’s own rules forbid it' },
  unreachable: { stage: 'reachable', words: 'a router, or the last hop, says that nobody is there' },
  filtered: { stage: 'reachable', words: 'a firewall says no, or swallows it' },
  silent: { stage: 'reachable', words: 'nobody answers the SYN' },
  'syn-lost': { stage: 'reachable', words: 'the SYN was sent again and again' },
  'source-address': { stage: 'reachable', words: 'the source address is not this machine’s' },
  'no-local-port': { stage: 'reachable', words: 'no local port is left' },
  'local-limit': { stage: 'reachable', words: 'this process may open no more sockets' },
  refused: { stage: 'responsive', words: 'the host is there and nobody listens' },
  'kernel-timeout': { stage: 'serving', words: 'the kernel gave the connection up' },
  'tls-stuck': { stage: 'serving', words: 'the TLS handshake did not come to an end' },
  'tls-refused': { stage: 'serving', words: 'the TLS handshake was refused' },
  'not-tls': { stage: 'serving', words: 'what answers does not speak TLS' },
  certificate: { stage: 'serving', words: 'the certificate is not to be trusted' },
  'no-answer': { stage: 'serving', words: 'connected, and not a byte came back' },
  'kernel-only': { stage: 'serving', words: 'the far kernel accepted, no process answers' },
  'peer-silent': { stage: 'serving', words: 'the connection is established and nothing is acknowledged any more' },
  'slow-application': { stage: 'serving', words: 'the application began to answer and did not finish in time' },
  'wrong-answer': { stage: 'serving', words: 'the application answered, but not what a healthy one does' },
  'ended-early': { stage: 'serving', words: 'the far end closed before the answer was whole' },
  reset: { stage: 'serving', words: 'the connection was reset' },
  'other-server': { stage: 'serving', words: 'another server answers on the same connection' },
  'event-loop': { stage: 'serving', words: 'the probing process itself was too busy to notice' },
  stopped: { stage: 'serving', words: 'the probe was stopped' },
  internal: { stage: 'serving', words: 'Synoptic itself failed' },
} as const satisfies Record<string, { stage: Stage; words: string }>;

export type Cause = keyof typeof CAUSES;
