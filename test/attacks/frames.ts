/** Frames and bodies that no client would write: too large, too deep, too many, of no encoding. */
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { v7 as uuidV7 } from 'uuid';
import { limits } from '#protocol/limits.js';
import type { Besieged } from './besieged.js';

const request = (params: string): string =>
  `{"jsonrpc":"2.0","id":"a","method":"messages.send","params":${params}}`;
const deep = (open: string, close: string, depth: number): string =>
  open.repeat(depth) + '1' + close.repeat(depth);

/** Text → the code and what must be named, or `ok`. */
const texts: readonly (readonly [string, string, string])[] = [
  ['', 'PARSE_ERROR', ''],
  ['{', 'PARSE_ERROR', ''],
  ['\ufeff{}', 'PARSE_ERROR', ''],
  ['{"a":1}{"b":2}', 'PARSE_ERROR', ''],
  ['null', 'INVALID_REQUEST', 'request'],
  ['[]', 'INVALID_REQUEST', 'batch'],
  ['1e999', 'INVALID_REQUEST', 'request'],
  [
    `[${Array(limits.batch_max + 1)
      .fill('1')
      .join()}]`,
    'INVALID_REQUEST',
    'batch',
  ],
  [deep('[', ']', 30_000), 'INVALID_REQUEST', 'request'],
  [deep('{"a":', '}', 9_000), 'INVALID_REQUEST', 'request'],
  [deep('[', '', 60_000), 'PARSE_ERROR', ''],
  [request(deep('[', ']', 30_000)), 'INVALID_PARAMS', 'params'],
  [request(`{"content":${deep('{"type":', '}', 6_000)}}`), 'INVALID_PARAMS', 'content'],
  [request(`{"content":${deep('{"type":', '}', 12)}}`), 'INVALID_PARAMS', 'content'],
  [request('{"chat_id":"\\ud800"}'), 'INVALID_PARAMS', 'chat_id'],
  [request(`{"${'x'.repeat(63)}😀":1}`), 'INVALID_PARAMS', 'chat_id'],
  [request(`{${Array.from({ length: 5_000 }, (_, at) => `"x${at}":1`).join()}}`), 'INVALID_PARAMS', 'x0'],
  [`{"jsonrpc":"2.0","id":"${'x'.repeat(129)}","method":"session.ping"}`, 'INVALID_REQUEST', 'id'],
  ['{"jsonrpc":"2.0","id":1e20,"method":"session.ping"}', 'INVALID_REQUEST', 'id'],
  ['{"jsonrpc":"2.0","id":{},"method":"session.ping"}', 'INVALID_REQUEST', 'id'],
  [`{"jsonrpc":"2.0","id":"a","method":"${'x'.repeat(60_000)}"}`, 'METHOD_NOT_FOUND', ''],
  ['{"jsonrpc":"2.0","id":"a","method":["session.ping"]}', 'INVALID_REQUEST', 'method'],
];

const bytes: readonly string[] = [
  'c1',
  'd6ff00000000',
  'd7ff0000000000000000',
  'c70cff000000000000000000000000',
  'd4720100',
  'c403000102',
  'ddffffffff',
  'dfffffffff',
  'dbffffffff61',
  'c6ffffffff00',
  'c9ffffffff01',
  '8101a161',
  '81c0c0',
  '81a16181',
  'cb7ff8000000000000',
  'ca7f800000',
  'a2c328',
  'c0c0',
  '91'.repeat(60_000),
  '81a161'.repeat(20_000),
];

export const frames = (besieged: () => Besieged): void => {
  test('JSON text: each is answered by what is wrong with it, and the connection goes on', async () => {
    const before = await besieged().stored();
    const client = await besieged().socket();
    for (const [text, code, named] of texts) {
      // What stands in an array is a batch.
      const [{ error }] = [await client.raw(text)].flat();
      expect.soft(error?.data.code, text.slice(0, 60)).toBe(code);
      expect.soft(Object.keys(error?.data.details ?? {}).join(), text.slice(0, 60)).toContain(named);
    }
    for (const invalid of [Buffer.from([0xff, 0xfe]), Buffer.from('{"a":"\xc3\x28"}', 'latin1')]) {
      client.socket.send(invalid, { binary: false });
      const { error } = await client.raw(Buffer.from('{}'));
      expect(error.data.code).toMatch(/PARSE_ERROR|INVALID_REQUEST/);
    }
    expect(await client.request('session.ping')).toHaveProperty('server_time_ms');
    client.drop();
    expect(await besieged().stored()).toEqual(before);
  });

  test('MessagePack: what JSON could not say is refused, a million promised items cost nothing', async () => {
    const client = await besieged().socket({ subprotocol: 'odnix.v1.msgpack' });
    for (const hex of bytes) {
      const { error } = await client.raw(Buffer.from(hex, 'hex'));
      expect.soft(error.data.code, hex.slice(0, 40)).toMatch(/^(PARSE_ERROR|INVALID_REQUEST)$/);
    }
    // A text in which a pair of surrogates stands where names are cut must not come back as what is no UTF-8.
    const params = { [`${'x'.repeat(63)}😀`]: 1 };
    const { error } = await client.raw(
      client.frame({ jsonrpc: '2.0', id: 'a', method: 'session.ping', params }),
    );
    expect(error.data.code).toBe('INVALID_PARAMS');
    for (const name of Object.keys(error.data.details)) expect(name.includes('\ufffd')).toBe(false);
    expect(await client.request('session.ping')).toHaveProperty('server_time_ms');
    client.drop();
  });

  test('a frame over the limit ends its own connection alone; fragments do not get around it', async () => {
    const [one, other, bystander] = [
      await besieged().socket(),
      await besieged().socket(),
      await besieged().socket(),
    ];
    one.socket.send('x'.repeat(limits.frame_bytes_max + 1));
    for (let sent = 0; sent <= limits.frame_bytes_max; sent += 8_192)
      other.socket.send('x'.repeat(8_192), { fin: false });
    expect([await one.closed, await other.closed]).toEqual([1009, 1009]);
    expect(await bystander.request('session.ping')).toHaveProperty('server_time_ms');
    bystander.drop();
  });

  test('over plain HTTP: bodies, paths, headers and bytes that are no HTTP are refused, none with a failure of the server', async () => {
    const bearer = { authorization: `Bearer ${besieged().stranger.identity.access_token}` };
    const ask = (path: string, body: unknown, headers = {}) =>
      besieged().http(path, body, { ...bearer, ...headers });
    expect(await ask('/v1/rpc', 'x'.repeat(limits.frame_bytes_max + 1))).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    expect(await ask('/v1/auth/otp/request', '{')).toEqual([400, 'PARSE_ERROR']);
    expect(await ask('/v1/auth/otp/request', deep('[', ']', 30_000))).toEqual([400, 'INVALID_PARAMS']);
    expect(await ask('/v1/auth/otp/request', '{}', { 'content-type': 'text/xml' })).toEqual([
      400,
      'INVALID_PARAMS',
    ]);
    expect(await ask('/v1/%zz', undefined)).toEqual([400, 'INVALID_PARAMS']);
    expect(await ask('/v1/updates?pts=1&pts=2&timeout_ms=0', undefined)).toEqual([400, 'INVALID_PARAMS']);
    const seen = Buffer.from('[{"CHAT_0":9e15},{"__proto__":1}]').toString('base64url');
    expect(await ask('/v1/rpc', '{}', { 'odnix-seen': seen })).toEqual([400, 'INVALID_PARAMS']);
    for (const text of [
      'hello\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde',
      'POST /v1/rpc HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n',
      `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`,
    ])
      expect
        .soft(await answerTo(besieged().url, text), text.slice(0, 30))
        .toMatch(/^HTTP\/1\.1 4\d\d [\s\S]*"code":"[A-Z_]+"/);
  });

  test('a batch of the most expensive queries and of sends to nobody is answered as a whole', async () => {
    const before = await besieged().stored();
    const client = await besieged().socket();
    const send = { chat_id: uuidV7(), client_msg_id: uuidV7(), content: { type: 'text', text: 'x' } };
    const one = (at: number) =>
      at % 2 === 0
        ? { method: 'sync.snapshot', params: { chats_limit: 100, messages_limit: 100 } }
        : { method: 'messages.send', params: send };
    const items = Array.from({ length: limits.batch_max }, (_, at) => ({
      jsonrpc: '2.0',
      id: `b${at}`,
      ...one(at),
    }));
    const answers = await client.raw(JSON.stringify(items));
    expect(answers.map(({ id }: any) => id)).toEqual(items.map(({ id }) => id));
    const codes = new Set(answers.map(({ error }: any) => error?.data.code ?? 'ok'));
    expect(
      [...codes].filter(
        (code) => !['ok', 'NOT_A_MEMBER', 'BUSY', 'RATE_LIMITED', 'UNAVAILABLE'].includes(code as string),
      ),
    ).toEqual([]);
    client.drop();
    expect(await besieged().stored()).toEqual(before);
  });
};

/** What comes back until the server ends the connection. */
function answerTo(baseUrl: string, text: string): Promise<string> {
  const { hostname, port } = new URL(baseUrl);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.on('error', () => undefined).on('data', (data: Buffer) => (answer += data.toString()));
  socket.write(text);
  return new Promise((resolve) => socket.once('close', () => resolve(answer)));
}
