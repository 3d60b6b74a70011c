/**
 * What a process tells on the port of its health. The text of the metrics is read by a parser that lets nothing pass. Seen failing with
 * two sources of one series that are told one after the other, with labels in another order that make a second series, with a
 * source that fails and takes all others with it, and with a gauge that is told on when nobody tells it any more.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { counter, gauge, histogram, observe } from '#observability/metrics.js';
import { Scraped } from '../../test/support/scraped.js';
import { serveHealth, type HealthServer } from './health-server.js';
import { ok, Readiness } from './readiness.js';
import { tellMetrics } from './served-metrics.js';

let health: HealthServer;
const scrape = async (): Promise<Scraped> => new Scraped(await (await fetch(`${health.url}/metrics`)).text());

beforeAll(async () => {
  const readiness = new Readiness({ required: { nats: async () => ok } });
  tellMetrics('gateway', readiness);
  health = await serveHealth(readiness, { healthHost: '127.0.0.1', healthPort: 0 });
});
afterAll(() => health.close());

it('tells metrics as Prometheus reads them, to GET alone', async () => {
  const response = await fetch(`${health.url}/metrics`);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(response.headers.get('cache-control')).toBe('no-store');
  const told = new Scraped(await response.text());
  expect(told.samples('odnix.build.info', { app: 'gateway' })).toMatchObject([{ value: 1 }]);
  expect(told.sum('odnix.ready')).toBe(1);
  expect(told.samples('odnix.dependency.up')).toMatchObject([{ labels: { dependency: 'nats' }, value: 1 }]);
  expect(told.sum('process.memory.bytes', { kind: 'rss' })).toBeGreaterThan(1e6);
  expect((await fetch(`${health.url}/metrics`, { method: 'POST' })).status).toBe(405);
  expect((await fetch(`${health.url}/metrics/more`)).status).toBe(404);
});

it('counts by name and labels, from nothing', async () => {
  const frames = { transport: 'websocket' } as const;
  const before = await scrape();
  expect(before.samples('odnix.gateway.frames.sent').map(({ labels }) => labels['transport'])).toEqual(
    expect.arrayContaining(['websocket', 'sse', 'poll']),
  );
  const sent = counter('odnix.gateway.frames.sent', frames);
  sent.add();
  counter('odnix.gateway.frames.sent', frames).add(2);
  counter('odnix.gateway.frames.sent', { transport: 'poll' }).add();
  const told = await scrape();
  const rise = (labels = {}) =>
    told.sum('odnix.gateway.frames.sent', labels) - before.sum('odnix.gateway.frames.sent', labels);
  expect([rise(), rise(frames)]).toEqual([4, 3]);
  counter('odnix.request.refusals', { method: 'of this spec', code: 'NOT_A_MEMBER' }).add();
  counter('odnix.request.refusals', { code: 'NOT_A_MEMBER', method: 'of this spec' }).add();
  expect((await scrape()).samples('odnix.request.refusals', { method: 'of this spec' })).toMatchObject([
    { value: 2 },
  ]);
});

it('measures in buckets that add up', async () => {
  const own = { method: 'of this spec' };
  const duration = histogram('odnix.command.duration.seconds', { ...own, outcome: 'ok' });
  for (const seconds of [0.000_1, 0.003, 0.003, 99]) duration.record(seconds);
  const told = await scrape();
  const under = (le: string) => told.samples('odnix.command.duration.seconds', { ...own, le })[0]!.value;
  expect(['0.0005', '0.002', '0.005', '10', '+Inf'].map(under)).toEqual([1, 1, 3, 3, 4]);
  expect(told.sum('odnix.command.duration.seconds', own)).toBe(4);
});

it('asks sources at each scrape, adds up those of one series, and goes on without one that fails', async () => {
  gauge('odnix.command.in_flight', {}).set(7);
  const ends = [
    observe('odnix.cache.entries', () => [[{ cache: 'one' }, 2]]),
    observe('odnix.cache.entries', async () => [[{ cache: 'one' }, 3]]),
    observe('odnix.cache.entries', () => Promise.reject(new Error('away'))),
  ];
  const told = await scrape();
  expect(told.samples('odnix.cache.entries', { cache: 'one' })).toMatchObject([{ value: 5 }]);
  expect(told.sum('odnix.command.in_flight')).toBe(7);
  for (const end of ends) end();
  gauge('odnix.command.in_flight', {}).set(0);
  expect((await scrape()).samples('odnix.cache.entries', { cache: 'one' })).toEqual([]);
});
