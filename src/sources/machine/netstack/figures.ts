/** TIME_WAIT on Linux: TCP_TIMEWAIT_LEN in include/net/tcp.h, no setting. */
export const TIME_WAIT_S = 60;

/** TCP_RTO_MIN: what the kernel reckons with where it turns a number of retransmissions into a time. */
const RTO_MIN_S = 0.2;

/** TCP_TIMEOUT_INIT: the first SYN's and SYN-ACK's retransmission timer. */
const RTO_INIT_S = 1;

/** `tcp_rto_max_ms` from Linux 6.15, a constant before. */
const RTO_MAX_S = 120;

/**
 * When a connection with unacknowledged data is given up, counted from the first transmission: tcp_model_timeout() in
 * net/ipv4/tcp_timer.c. A lower bound: it ends at the first timer expiry beyond it, and a round-trip time above 200 ms stretches it.
 */
export function retransmissionLimit(retries: number, rtoMaxS = RTO_MAX_S): number {
  const doublings = Math.floor(Math.log2(rtoMaxS / RTO_MIN_S));
  if (retries <= doublings) return (2 ** (retries + 1) - 1) * RTO_MIN_S;
  return (2 ** (doublings + 1) - 1) * RTO_MIN_S + (retries - doublings) * rtoMaxS;
}

/**
 * When a handshake is given up: `retries` retransmissions 1, 2, 4 … s apart (capped), then one more wait. `linear` is
 * tcp_syn_linear_timeouts (Linux 6.5 and later): so many retransmissions 1 s apart come before, in addition.
 */
export function handshakeLimit(retries: number, linear = 0, rtoMaxS = RTO_MAX_S): number {
  let total = linear * RTO_INIT_S;
  for (let sent = 0; sent <= retries; sent += 1) total += Math.min(RTO_INIT_S * 2 ** sent, rtoMaxS);
  return total;
}

/** 7875 → `2 h 11 min 15 s`; 924.6 → `15 min 25 s`; below a minute one decimal where it matters. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  const parts: [number, string][] = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor((whole % 86_400) / 3600), 'h'],
    [Math.floor((whole % 3600) / 60), 'min'],
    [whole % 60, 's'],
  ];
  return parts.flatMap(([count, unit]) => (count > 0 ? [`${count} ${unit}`] : [])).join(' ');
}

/** 28232 → `28,232`. */
export function count(number: number): string {
  return Math.round(number).toLocaleString('en-US');
}
