/**
 * Over real sockets, plain requests and upgrades alike.
 *
 * Seen failing: with the leftmost address taken ("nearest"), with every peer trusted ("nobody is trusted"), without `plain`
 * ("IPv4 within IPv6"), without the check of what a proxy wrote ("no address").
 */
import { once } from 'node:events';
import { createServer, get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import WebSocket from 'ws';
import { clientAddressOf, networkOf, trustProxies } from './client-address.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

interface Asked {
  readonly trusted: readonly string[];
  readonly forwarded?: string;
  /** What it listens on: `::` hands out IPv4 within IPv6. */
  readonly host?: string;
}

/** Both ways of asking; they must say the same. */
async function seen({ trusted, forwarded, host = '127.0.0.1' }: Asked): Promise<string> {
  const server = createServer((request, response) => response.end(clientAddressOf(request)));
  server.on('upgrade', (request, socket) => socket.end(`HTTP/1.1 400 ${clientAddressOf(request)}\r\n\r\n`));
  trustProxies(server, trusted);
  servers.push(server);
  await once(server.listen(0, host), 'listening');
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  const [response] = await once(get(`http://${address}`, { headers }), 'response');
  const overHttp = String(await response.setEncoding('latin1').toArray().then(String));
  const socket = new WebSocket(`ws://${address}`, { headers });
  const [, refusal] = await once(socket, 'unexpected-response');
  expect(refusal.statusMessage).toBe(overHttp);
  return overHttp;
}

const loopback = ['127.0.0.0/8'];

test.for<readonly [string, Asked, string]>([
  ['nobody is trusted: the peer', { trusted: [], forwarded: '203.0.113.9' }, '127.0.0.1'],
  ['another is trusted: the peer', { trusted: ['10.0.0.1'], forwarded: '203.0.113.9' }, '127.0.0.1'],
  ['a trusted proxy: whom it names', { trusted: ['127.0.0.1'], forwarded: '203.0.113.9' }, '203.0.113.9'],
  ['a trusted proxy that names nobody', { trusted: ['127.0.0.1'] }, '127.0.0.1'],
  [
    'the nearest that is not trusted',
    { trusted: loopback, forwarded: '1.1.1.1, 203.0.113.9' },
    '203.0.113.9',
  ],
  [
    'through two trusted proxies',
    { trusted: [...loopback, '2001:db8::/32'], forwarded: '1.1.1.1,203.0.113.9,2001:db8::7' },
    '203.0.113.9',
  ],
  ['all are trusted: the farthest', { trusted: ['0.0.0.0/0'], forwarded: '1.1.1.1, 2.2.2.2' }, '1.1.1.1'],
  ['no address but words: the proxy', { trusted: loopback, forwarded: '9.9.9.9, unknown' }, '127.0.0.1'],
  ['IPv4 within IPv6 is IPv4', { trusted: [], host: '::' }, '127.0.0.1'],
  [
    'IPv4 within IPv6 is trusted as IPv4',
    { trusted: loopback, host: '::', forwarded: '::ffff:8.8.8.8' },
    '8.8.8.8',
  ],
])('%s', async ([, asked, address]) => {
  expect(await seen(asked)).toBe(address);
});

test.for([
  ['203.0.113.9', '203.0.113.9'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0db8:0001:0002::1', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
])('the network of %s is %s', ([address, network]) => expect(networkOf(address!)).toBe(network));
