import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import type { FindingEvent } from '../../src/core/model/event.ts';
import { advice, evidence, subject } from '../../src/core/model/finding.ts';
import { Webhook, type WebhookOptions } from '../../src/sinks/webhook.ts';
import { webhookMetrics } from '../../src/sinks/webhook-metrics.ts';

const SECRET = 'a secret of enough length';
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Received {
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
  readonly path: string;
}

/** A pager on loopback that answers as it is told, one answer after another, the last for good. */
async function aPager(...answers: ((response: ServerResponse) => void)[]) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    received.push({ body: Buffer.concat(pieces).toString(), headers: request.headers, path: request.url ?? '' });
    answers[Math.min(received.length, answers.length) - 1]?.(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return { received, server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
}

const status =
  (code: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    void response.writeHead(code, headers).end();
const never = () => undefined;

function aWebhook(url: string, options: Partial<WebhookOptions> = {}) {
  const warned: string[] = [];
  const waits: number[] = [];
  const webhook = new Webhook({
    ...{ url, secret: SECRET, severity: 'warning', timeoutMs: 2000, host: 'h', chance: () => 0.5 },
    warn: (message) => warned.push(message),
    wait: async (ms) => void waits.push(ms),
    ...options,
  });
  closers.push(() => webhook[Symbol.asyncDispose]());
  return { webhook, warned, waits };
}

let seq = 0;
function finding(fields: Partial<FindingEvent> = {}): FindingEvent {
  return {
    ...{ kind: 'finding', seq: ++seq, ns: 1e9, wallUs: 1.7e15, id: 'connect-failure-1', detector: 'connect-failure', phase: 'open' },
    ...{ severity: 'warning', confidence: 'confirmed', subject: subject('peer', { raddr: '10.0.0.9', rport: 443 }), since: 1.7e15 },
    ...{ summary: '10.0.0.9:443 refuses connections…', evidence: [evidence('seen')], against: [], advice: [advice('look')] },
    completeness: { whole: true, gaps: [], share: 1, words: null },
    ...fields,
  };
}

describe('a webhook', () => {
  it('posts a finding as it is everywhere, signed over its very bytes', async () => {
    const { received, url } = await aPager(status(204));
    const { webhook } = aWebhook(url);
    webhook.accept([finding({ seq: 7 })]);
    await webhook.idle();
    const [{ body, headers, path } = { body: '', headers: {}, path: '' }] = received;
    expect(JSON.parse(body)).toMatchObject({ kind: 'finding', id: 'connect-failure-1', host: 'h', phase: 'open', subject: { rport: 443 } });
    expect(headers['synoptic-signature']).toBe(`sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`);
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'synoptic-delivery': 'connect-failure-1-7' });
    expect([path, received.length]).toEqual(['/hook', 1]);
    expect(webhook.totals).toEqual({ delivered: 1, failed: 0, dropped: 0, retries: 0, waiting: 0 });
  });

  it('speaks when one opens, becomes worse and is resolved, in that order, and not for other figures', async () => {
    const { received, url } = await aPager(status(200));
    const { webhook } = aWebhook(url);
    webhook.accept([
      finding(),
      finding({ phase: 'update' }),
      finding({ phase: 'update', severity: 'critical' }),
      finding({ phase: 'update', severity: 'warning' }),
      finding({ phase: 'resolved' }),
    ]);
    await webhook.idle();
    const told = received.map(({ body }) => JSON.parse(body) as { phase: string; severity: string });
    expect(told.map(({ phase, severity }) => `${phase} ${severity}`)).toEqual(['open warning', 'update critical', 'resolved warning']);
  });

  it('wakes nobody for what is only worth knowing, nor for its end, but does once it is worse', async () => {
    const { received, url } = await aPager(status(200));
    const { webhook } = aWebhook(url);
    webhook.accept([finding({ id: 'a', severity: 'info' }), finding({ id: 'a', phase: 'resolved', severity: 'info' })]);
    webhook.accept([finding({ id: 'b', severity: 'info' }), finding({ id: 'b', phase: 'update', severity: 'warning' })]);
    await webhook.idle();
    expect(received.map(({ body }) => (JSON.parse(body) as { id: string }).id)).toEqual(['b']);
  });

  it('tries again with growing pauses that differ by chance, under one delivery’s name', async () => {
    const { received, url } = await aPager(status(503), status(429), status(200));
    const { webhook, waits, warned } = aWebhook(url);
    webhook.accept([finding()]);
    await webhook.idle();
    expect(waits).toEqual([1500, 3000]);
    expect(new Set(received.map(({ headers }) => headers['synoptic-delivery'])).size).toBe(1);
    expect([webhook.totals.delivered, webhook.totals.retries, warned]).toEqual([1, 2, []]);
  });

  it('gives up after five attempts, says so without the address, and goes on with the next', async () => {
    const { received, url } = await aPager(...Array.from({ length: 5 }, () => status(500)), status(200));
    const { webhook, warned, waits } = aWebhook(url);
    webhook.accept([finding({ id: 'a' }), finding({ id: 'b' })]);
    await webhook.idle();
    expect([received.length, waits.length]).toEqual([6, 4]);
    expect(webhook.totals).toMatchObject({ delivered: 1, failed: 1 });
    expect(warned).toEqual(['webhook: a (open) was not delivered: it answered 500, attempt 5 of 5']);
    expect(warned.join()).not.toContain(new URL(url).host);
  });

  it('follows no redirect and repeats no refusal: the finding goes nowhere else', async () => {
    const other = await aPager(status(200));
    const { url, received } = await aPager(status(307, { location: other.url }), status(401));
    const { webhook, warned } = aWebhook(url);
    webhook.accept([finding({ id: 'a' }), finding({ id: 'b' })]);
    await webhook.idle();
    expect([received.length, other.received.length, webhook.totals.failed, webhook.totals.retries]).toEqual([2, 0, 2, 0]);
    expect(warned.map((words) => /it answered \d+/.exec(words)?.[0])).toEqual(['it answered 307', 'it answered 401']);
  });

  it('waits for no answer beyond its time, nor for one that refuses connections', async () => {
    const hanging = await aPager(never);
    const late = aWebhook(hanging.url, { timeoutMs: 100 });
    late.webhook.accept([finding()]);
    await late.webhook.idle();
    expect(late.warned[0]).toContain('no answer within 100 ms');
    const closed = await aPager(status(200));
    closed.server.close();
    await once(closed.server, 'close');
    closers.pop();
    const refused = aWebhook(closed.url);
    refused.webhook.accept([finding()]);
    await refused.webhook.idle();
    expect(refused.warned[0]).toContain('ECONNREFUSED');
  });

  it('holds nobody up and no more than 256 findings, the newest, however slow the far end is', async () => {
    const { url } = await aPager(never);
    const { webhook, warned } = aWebhook(url, { timeoutMs: 60_000 });
    webhook.accept(Array.from({ length: 1000 }, (_, n) => finding({ id: `f-${n}` })));
    expect(webhook.totals).toEqual({ delivered: 0, failed: 0, dropped: 743, retries: 0, waiting: 257 });
    await webhook[Symbol.asyncDispose]();
    expect(warned.at(-1)).toBe('webhook: 256 findings were not posted before the end');
  });

  it('is counted in metrics', async () => {
    const { url } = await aPager(status(400), status(200));
    const { webhook } = aWebhook(url);
    const registry = new Registry();
    webhookMetrics(registry, () => webhook.totals);
    webhook.accept([finding({ id: 'a' }), finding({ id: 'b' })]);
    await webhook.idle();
    const text = await registry.metrics();
    expect(text).toContain('synoptic_webhook_findings_total{outcome="delivered"} 1');
    expect(text).toContain('synoptic_webhook_findings_total{outcome="failed"} 1');
    expect(text).toContain('synoptic_webhook_findings_total{outcome="dropped"} 0');
    expect(text).toContain('synoptic_webhook_retries_total 0');
    expect(text).toContain('synoptic_webhook_waiting_findings 0');
  });
});
