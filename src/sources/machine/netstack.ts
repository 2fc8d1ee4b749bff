import type { NetstackView } from '../../formats/netstack.ts';
import { type Check, netstackAt } from './netstack/check.ts';
import { CONNTRACK_CHECKS } from './netstack/conntrack.ts';
import { PATH_CHECKS } from './netstack/path.ts';
import { PORT_CHECKS } from './netstack/ports.ts';
import { QUEUE_CHECKS } from './netstack/queues.ts';
import { TIMEOUT_CHECKS } from './netstack/timeouts.ts';
import { type Root, rootAt } from './root.ts';

export const NETSTACK_CHECKS: readonly Check[] = [...PORT_CHECKS, ...TIMEOUT_CHECKS, ...QUEUE_CHECKS, ...PATH_CHECKS, ...CONNTRACK_CHECKS];

/**
 * The values below /proc/sys/net that matter to probing and TIME_WAIT, in the observer's own network namespace. It only reads. Settings
 * that this kernel or namespace does not have are left out.
 *
 * Figures follow Documentation/networking/{ip-sysctl,nf_conntrack-sysctl}.rst and net/ipv4/tcp_timer.c.
 */
export function auditNetstack(root: Root = rootAt()): NetstackView {
  const netstack = netstackAt(root);
  return NETSTACK_CHECKS.flatMap((check) => {
    const value = netstack.text(check.path);
    if (value === null) return [];
    const { concern, advice = null, severity = 'ok' } = check.judge(value, netstack);
    return [
      {
        setting: `net.${check.path.replaceAll('/', '.')}`,
        value,
        default: typeof check.default === 'function' ? check.default(netstack) : check.default,
        concern,
        advice,
        severity,
      },
    ];
  });
}
