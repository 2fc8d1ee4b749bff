import { Counter, Gauge, type Registry } from 'prom-client';
import { readCounter } from './read-counter.ts';
import type { WebhookTotals } from './webhook.ts';

/** What became of findings that were to be posted; all 0 where no webhook is configured. */
export function webhookMetrics(registry: Registry, totals: () => WebhookTotals): void {
  const registers = [registry];
  new Counter({
    name: 'synoptic_webhook_findings_total',
    help: 'Findings to be posted to the webhook: delivered, failed (given up, or refused for good), dropped (too many waited)',
    labelNames: ['outcome'],
    registers,
    collect() {
      const { delivered, failed, dropped } = totals();
      this.reset();
      for (const [outcome, count] of Object.entries({ delivered, failed, dropped })) this.inc({ outcome }, count);
    },
  });
  readCounter(registers, 'webhook_retries_total', 'Attempts to post a finding beyond the first', () => totals().retries);
  new Gauge({
    name: 'synoptic_webhook_waiting_findings',
    help: 'Findings that wait to be posted, the one that is being posted included',
    registers,
    collect() {
      this.set(totals().waiting);
    },
  });
}
