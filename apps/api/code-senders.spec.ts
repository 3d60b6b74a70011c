/**
 * Senders against a real HTTP server that plays the receiver of the webhook and Twilio's API.
 *
 * Seen failing with another `idempotency-key` at each try, with a signature of the body without the time, with a refusal (400)
 * that is tried again, with redirects followed (the code went to whoever the receiver named), and with the error logged as it is.
 */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Logger } from '@nestjs/common';
import RequestClient from 'twilio/lib/base/RequestClient.js';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DevelopmentCodeSender, type CodeSender } from './code-sender.js';
import { developmentSender, openSender } from './open-sender.js';
import { TwilioCodeSender } from './twilio-code-sender.js';
import { WebhookCodeSender } from './webhook-code-sender.js';

interface Got {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
const secret = 'x'.repeat(43);
const what = { phone: '+15550100', code: '428571', expires_in_s: 300 };
let server: Server;
let url: string;
let got: Got[];
let logged: string[];
/** What it does with the next requests; then it takes them. */
let answers: ((response: ServerResponse) => void)[];

beforeEach(async () => {
  [got, logged, answers] = [[], [], []];
  server = createServer((request, response) => {
    void request
      .setEncoding('utf8')
      .toArray()
      .then((chunks) => {
        got.push({ path: request.url!, headers: request.headers, body: chunks.join('') });
        const answer = answers.shift() ?? ((one: ServerResponse) => one.writeHead(201).end('{"sid":"SM1"}'));
        answer(response);
      });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vi.spyOn(Logger.prototype, 'warn').mockImplementation(
    (message: unknown) => void logged.push(String(message)),
  );
});
afterEach(() => {
  vi.restoreAllMocks();
  server.close().closeAllConnections();
});

const status =
  (code: number, body = '{}', headers = {}) =>
  (response: ServerResponse) =>
    void response.writeHead(code, { 'content-type': 'application/json', ...headers }).end(body);
const hang = () => undefined;
const webhook = () => new WebhookCodeSender({ url: `${url}/codes`, secret, tryMsMax: 500, backOffMs: 5 });
const refusalOf = (sender: CodeSender) =>
  sender.send(what).then(
    () => 'sent',
    ({ error }) => error,
  );
const notSent = { code: 'CODE_NOT_SENT', retryable: true, retry_after_ms: expect.any(Number) };
const secrets = /428571|15550100|hunter2|xxxx/;

test('the webhook gets the code, signed with the time, and whoever asked is told nothing', async () => {
  expect(await webhook().send(what)).toEqual({});
  const [{ path, headers, body }] = got as [Got];
  expect(path).toBe('/codes');
  expect(JSON.parse(body)).toEqual(what);
  const time = headers['odnix-timestamp'];
  expect(Math.abs(Date.now() / 1_000 - Number(time))).toBeLessThan(60);
  const signature = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex');
  expect(headers['odnix-signature']).toBe(`v1=${signature}`);
});

test('what may pass is tried again under the same key; no more than three times', async () => {
  answers = [status(503), hang];
  expect(await webhook().send(what)).toEqual({});
  expect(got).toHaveLength(3);
  expect(new Set(got.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  answers = [status(500), status(429), status(408), status(201)];
  expect(await refusalOf(webhook())).toEqual(notSent);
  expect(got).toHaveLength(6);
  expect(got[3]!.headers['idempotency-key']).not.toBe(got[0]!.headers['idempotency-key']);
  expect(logged.join()).not.toMatch(secrets);
});

test.for([
  ['a refusal', status(400)],
  ['a redirect', status(307, '', { location: '/elsewhere' })],
] as const)('%s is no delivery, and goes nowhere else', async ([what, answer]) => {
  answers = [answer, answer, answer];
  expect(await refusalOf(webhook())).toEqual(notSent);
  expect(got.every(({ path }) => path === '/codes')).toBe(true);
  if (what === 'a refusal') expect(got).toHaveLength(1);
});

test('a receiver that is not there', async () => {
  server.close().closeAllConnections();
  expect(await refusalOf(webhook())).toEqual(notSent);
  expect(logged.join()).not.toMatch(secrets);
});

/** Twilio's own client, with its API at another address. */
function twilio(from: string): Promise<CodeSender> {
  const client = new RequestClient({ timeout: 500 });
  const request: RequestClient['request'] = (asked) =>
    client.request({ ...asked, uri: asked.uri.replace('https://api.twilio.com', url) });
  const options = { accountSid: `AC${'0'.repeat(32)}`, authToken: 'hunter2', from };
  return TwilioCodeSender.open(options, { httpClient: { request } as RequestClient });
}

test.for([
  ['+15550199', 'From'],
  [`MG${'1'.repeat(32)}`, 'MessagingServiceSid'],
])('Twilio is asked for a message from %s', async ([from, field]) => {
  expect(await (await twilio(from!)).send(what)).toEqual({});
  const [{ path, headers, body }] = got as [Got];
  expect(path).toMatch(/^\/2010-04-01\/Accounts\/AC0+\/Messages\.json$/);
  expect(headers.authorization).toMatch(/^Basic /);
  const form = new URLSearchParams(body);
  expect(form.get('To')).toBe(what.phone);
  expect(form.get(field!)).toBe(from);
  expect(form.get('Body')).toContain(what.code);
});

test('what Twilio does not take, or does not answer, is not sent; it is asked once', async () => {
  const sender = await twilio('+15550199');
  const invalid = '{"code":21211,"message":"The \'To\' number +15550100 is not valid.","status":400}';
  for (const answer of [status(400, invalid), status(500), hang]) {
    got = [];
    answers = [answer];
    expect(await refusalOf(sender)).toEqual(notSent);
    expect(got).toHaveLength(1);
  }
  expect(logged[0]).toContain('21211');
  expect(logged.join()).not.toMatch(secrets);
});

test('the settings choose one; what it needs is named, and production has no development sender', async () => {
  expect(await openSender(developmentSender, 'development')).toBeInstanceOf(DevelopmentCodeSender);
  await expect(openSender(developmentSender, 'production')).rejects.toThrow('CODE_SENDER');
  await expect(openSender({ ...developmentSender, codeSender: 'webhook' }, 'production')).rejects.toThrow(
    'CODE_SENDER=webhook needs CODE_WEBHOOK_URL, CODE_WEBHOOK_SECRET as well.',
  );
  await expect(openSender({ ...developmentSender, codeSender: 'twilio' }, 'test')).rejects.toThrow(
    'TWILIO_FROM',
  );
  const hooked = {
    ...developmentSender,
    codeSender: 'webhook',
    codeWebhookUrl: url,
    codeWebhookSecret: secret,
  } as const;
  expect(await openSender(hooked, 'production')).toBeInstanceOf(WebhookCodeSender);
});
