/**
 * Prometheus as tests use it: it scrapes what it is told, answers what expressions give, and says what it cannot evaluate.
 *
 * Seen failing: with the target's path wrong.
 */
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { startTestPrometheus } from '../support/prometheus.js';

test('a target is scraped, and asked about', async () => {
  const target = createServer((request, response) =>
    response.writeHead(request.url === '/metrics' ? 200 : 404).end('things{kind="a"} 7\n'),
  );
  await once(target.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(target.address() as AddressInfo).port}/metrics`;
  const prometheus = await startTestPrometheus([{ job: 'thing', urls: [url] }]);
  try {
    await expect
      .poll(() => prometheus.api.query('sum by (kind, job) (things)'))
      .toEqual([{ labels: { kind: 'a', job: 'thing' }, value: 7 }]);
    expect(await prometheus.api.query('1 + 1')).toEqual([{ labels: {}, value: 2 }]);
    expect(await prometheus.api.targets()).toEqual([{ url, health: 'up', error: '' }]);
    await expect(prometheus.api.query('sum(')).rejects.toThrow('parse error');
  } finally {
    await prometheus.stop();
    target.close();
  }
});
