/**
 * An application with one endpoint, over real sockets: what strangers may send, and with which certificate they are met.
 *
 * Seen failing: without `reloadCertificate` ("SIGHUP", "changed"), with a failure to reload thrown ("do not belong together"), without
 * `guardRequests` ("nothing to guess", "compressed"), without the two times ("slow").
 */
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { Controller, Get, Module, Post } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterEach, expect, test } from 'vitest';
import { limits } from '#protocol/limits.js';
import { AllowedOrigins } from './allowed-origins.js';
import { createHttpApplication, listen, type EdgeServer } from './http-application.js';
import { HttpErrorFilter } from './http-error.js';

@Controller('v1/word')
class WordController {
  @Get()
  say(): string {
    return 'word';
  }
  @Post()
  hear(): string {
    return 'heard';
  }
}
@Module({ controllers: [WordController], providers: [{ provide: APP_FILTER, useClass: HttpErrorFilter }] })
class WordModule {}

const certificates = join(import.meta.dirname, '../../test/support/certificates');
const directory = mkdtempSync(join(tmpdir(), 'odnix-tls-'));
const tls = { tlsCert: join(directory, 'crt'), tlsKey: join(directory, 'key') };
const use = (cert: string, key = cert): void => {
  copyFileSync(join(certificates, `${cert}.crt`), tls.tlsCert);
  copyFileSync(join(certificates, `${key}.key`), tls.tlsKey);
};
const running: NestFastifyApplication[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((app) => app.close()));
});
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));

async function start(server: EdgeServer = {}): Promise<{ url: string; port: number }> {
  const origins = new AllowedOrigins({ origins: ['https://chat.example'], nodeEnv: 'production' });
  const app = await createHttpApplication(WordModule, origins, server);
  running.push(app);
  const url = await listen(app, { host: '127.0.0.1', port: 0 });
  return { url, port: (app.getHttpServer().address() as AddressInfo).port };
}

async function securely(port: number): Promise<TLSSocket> {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  return socket;
}
const nameOf = (socket: TLSSocket): string => String(socket.getPeerCertificate().subject.CN);
async function nameAt(port: number): Promise<string> {
  const socket = await securely(port);
  const name = nameOf(socket);
  socket.destroy();
  return name;
}
async function ask(socket: TLSSocket): Promise<string> {
  socket.write('GET /v1/word HTTP/1.1\r\nHost: x\r\n\r\n');
  return String(await once(socket, 'data'));
}

test('with a certificate it serves HTTPS, and browsers are told to come back by it', async () => {
  use('one');
  const { url, port } = await start(tls);
  expect(url).toMatch(/^https:/);
  const socket = await securely(port);
  expect(nameOf(socket)).toBe('one');
  expect(await ask(socket)).toMatch(/strict-transport-security: max-age=\d{7,}/i);
  socket.destroy();
});

test('at SIGHUP new connections get the new certificate; who is connected goes on', async () => {
  use('one');
  const { port } = await start(tls);
  const before = await securely(port);
  use('two');
  process.emit('SIGHUP');
  expect(await nameAt(port)).toBe('two');
  expect(await ask(before)).toMatch(/^HTTP\/1.1 200/);
  before.destroy();
});

test('without being told, once the files have changed', async () => {
  use('one');
  const { port } = await start(tls);
  use('two');
  await expect.poll(() => nameAt(port), { timeout: 20_000, interval: 200 }).toBe('two');
});

test('files that do not belong together leave the old ones in use, and begin nothing', async () => {
  use('one');
  const { port } = await start(tls);
  use('two', 'one');
  process.emit('SIGHUP');
  expect(await nameAt(port)).toBe('one');
  await expect(start(tls)).rejects.toThrow(/key values mismatch/);
  await expect(start({ tlsCert: tls.tlsCert })).rejects.toThrow(/^TLS_KEY: expected/);
});

test('answers leave browsers nothing to guess, keep or frame; plain HTTP promises no HTTPS', async () => {
  const { headers } = await fetch(`${(await start()).url}/v1/word`);
  expect(Object.fromEntries(headers)).toMatchObject({
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
  });
  expect(headers.has('strict-transport-security')).toBe(false);
});

const json = { 'content-type': 'application/json' };

test.for<readonly [string, RequestInit, number, string]>([
  [
    'a body that is too large',
    { body: ' '.repeat(limits.frame_bytes_max + 1), headers: json },
    413,
    'PAYLOAD_TOO_LARGE',
  ],
  [
    'a compressed body',
    { body: 'x', headers: { ...json, 'content-encoding': 'gzip' } },
    400,
    'INVALID_PARAMS',
  ],
  ['a body of another type', { body: 'x', headers: { 'content-type': 'text/xml' } }, 400, 'INVALID_PARAMS'],
])('%s is refused', async ([, request, status, code]) => {
  const response = await fetch(`${(await start()).url}/v1/word`, { method: 'POST', ...request });
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ error: { code } });
});

test.for([
  ['headers beyond 16 KiB', `GET /v1/word HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(17_000)}\r\n\r\n`, 400],
  ['a URL beyond 16 KiB', `GET /v1/${'x'.repeat(17_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 400],
  ['what is no HTTP', 'hello\r\n\r\n', 400],
] as const)('%s is answered and cut', async ([, text, status]) => {
  const socket = connect((await start()).port, '127.0.0.1');
  socket.write(text);
  expect(String(await once(socket, 'data'))).toMatch(new RegExp(`^HTTP/1.1 ${status}`));
  await once(socket, 'close');
});

test.for([
  ['never a word', ''],
  ['headers that never end', 'GET /v1/word HTTP/1.1\r\nHost: x\r\nX-Slow: '],
  [
    'a body that never ends',
    'POST /v1/word HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n{',
  ],
])('who is slow is cut, although they go on: %s', async ([, text = '']) => {
  const { port } = await start({ headersMsMax: 200, requestMsMax: 400 });
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined).on('data', () => undefined);
  socket.write(text);
  // A byte now and then, as long as there is anything to go on with.
  const drip = setInterval(() => text !== '' && !socket.destroyed && socket.write('x'), 50);
  await new Promise((closed) => socket.once('close', closed));
  clearInterval(drip);
});
