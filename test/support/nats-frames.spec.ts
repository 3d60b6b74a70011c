/** Frames come out whole and as what they are, however the bytes are cut. Seen failing: with a payload's line end left out. */
import { expect, test } from 'vitest';
import { NatsFrames, type NatsFrame } from './nats-frames.js';

const headers = (text: string) => `NATS/1.0\r\n${text}\r\n\r\n`;
const hmsg = (subject: string, head: string, body: string) =>
  `HMSG ${subject} 1 ${head.length} ${head.length + body.length}\r\n${head}${body}\r\n`;

const sent: [string, NatsFrame['kind']][] = [
  ['PING\r\n', 'other'],
  ['MSG _INBOX.a.1 1 17\r\n{"stream":"A\r\n"}\n\r\n', 'answer'],
  ['MSG live.user.x 2 4\r\nMSG \r\n', 'live'],
  ['MSG command.chat.1 3 _INBOX.b 0\r\n\r\n', 'other'],
  ['MSG _INBOX.a.2 1 $JS.ACK.S.C.1.1.1.1.0 2\r\nhi\r\n', 'part'],
  [hmsg('_INBOX.a.3', headers('Nats-Stream: S\r\nNats-Num-Pending: 4'), 'body'), 'part'],
  [hmsg('_INBOX.a.4', headers('Nats-Stream: S'), 'body'), 'answer'],
  [hmsg('_INBOX.a.5', 'NATS/1.0 204 EOB\r\n\r\n', ''), 'part'],
];

test.each([1, 3, 7, 10_000])('in chunks of %i bytes', (size) => {
  const bytes = Buffer.from(sent.map(([text]) => text).join(''));
  const frames = new NatsFrames();
  const found: NatsFrame[] = [];
  for (let at = 0; at < bytes.length; at += size) found.push(...frames.take(bytes.subarray(at, at + size)));
  expect(found.map((frame) => [frame.bytes.toString(), frame.kind])).toEqual(sent);
});

test('the other servers are not told of', () => {
  const [info] = new NatsFrames().take(
    Buffer.from('INFO {"server_id":"A","connect_urls":["127.0.0.1:1"]}\r\n'),
  );
  expect(info!.bytes.toString()).toBe('INFO {"server_id":"A"}\r\n');
});
