import { expect, it } from 'vitest';
import { PipelineView } from '../../src/commands/observation.ts';
import { TimeWaitView } from '../../src/formats/status.ts';
import { Meter } from '../../src/sources/meter/meter.ts';
import { at, Story, step, sysctls, told } from '../core/detect/stories.ts';
import { T0 } from '../core/inputs.ts';

/** A connection that this host closed first; `passive`: one that it had accepted. */
function closed(seconds: number, lport: number, rport: number, passive: boolean) {
  const ends = { skaddr: 0x1000 + lport * 7 + rport, lport, rport };
  const opens = passive
    ? [
        step({ from: 'LISTEN', to: 'SYN_RECV', ns: at(seconds), ...ends }),
        step({ from: 'SYN_RECV', to: 'ESTABLISHED', ns: at(seconds) + 1, ...ends }),
      ]
    : [
        step({ from: 'CLOSE', to: 'SYN_SENT', ns: at(seconds), ...ends, lport: 0 }),
        step({ from: 'SYN_SENT', to: 'ESTABLISHED', ns: at(seconds) + 1, ...ends }),
      ];
  return told([
    ...opens,
    step({ from: 'ESTABLISHED', to: 'FIN_WAIT1', ns: at(seconds) + 2, ...ends }),
    step({ from: 'FIN_WAIT1', to: 'FIN_WAIT2', ns: at(seconds) + 3, ...ends }),
    step({ from: 'FIN_WAIT2', to: 'CLOSE', ns: at(seconds) + 4, ...ends, finReceived: true }),
  ]);
}

it('tells the ledger by pool: a destination’s ports, and a listening port’s past connections', async () => {
  const story = new Story().take(sysctls(0, { 'ipv4.ip_local_port_range': '40000 40999' }));
  for (let n = 0; n < 20; n++)
    story.take(closed(1 + n / 100, 40_000 + n, 443, false)).take(closed(1.005 + n / 100, 8080, 50_000 + n, true));
  story.until(3);
  using meter = new Meter({ now: () => T0, bpftrace: null });
  const { start, pipeline } = story;
  const view = new PipelineView({ start, pipeline, meter, mode: 'live', maxSockets: 1000, netstack: async () => [] });
  const { pools } = TimeWaitView.parse(await view.timeWait());
  expect(pools).toMatchObject([
    { side: 'client', lport: null, raddr: '10.0.0.2', rport: 443, count: 20, entered: 20, left: 0, reused: 0, probes: 0, ports: 1000 },
    { side: 'server', lport: 8080, raddr: null, rport: null, count: 20, ports: null },
  ]);
  expect(pools[0]).toMatchObject({ perSecond: { left: 0, reused: 0 }, exhaustedInS: null, reuses: false });
  expect(pools[1]?.reuses).toBeNull();
  // One of them is taken over, the others leave after a minute.
  story
    .take(
      told([
        step({ from: 'CLOSE', to: 'SYN_SENT', ns: at(4), skaddr: 0x9, lport: 0, rport: 443 }),
        step({ from: 'SYN_SENT', to: 'ESTABLISHED', ns: at(4) + 1, skaddr: 0x9, lport: 40_000, rport: 443 }),
      ]),
    )
    .until(5);
  expect((await view.timeWait()).pools.find(({ side }) => side === 'client')).toMatchObject({ count: 19, left: 1, reused: 1 });
  story.until(70);
  expect((await view.timeWait()).pools).toEqual([]);
});
