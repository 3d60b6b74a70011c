/**
 * One user's updates over every transport at once, over the real system: what is live and what is replayed is the same, from
 * the same token, without a hole. In the cluster, streams and polls come to both gateways in turn.
 *
 * Seen failing with one encoded form for all encodings, and with `id` left out of events (nothing is there to go on from).
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bearerOf, EventClient, poll } from '../support/event-client.js';
import { startLayout, type Layout } from '../support/layout.js';
import { Person } from '../support/person.js';
import { post, WireClient, type WireUpdate } from '../support/wire-client.js';

let odnix: Layout;
let ann: Person;
let bob: Person;
let chat: string;
let from: { sync_token: string; pts: number };

beforeAll(async () => {
  odnix = await startLayout();
  [ann, bob] = await Promise.all([
    Person.signIn(odnix.url, '+15550401'),
    Person.signIn(odnix.url, '+15550402'),
  ]);
  await Promise.all([ann.connect(), bob.connect()]);
  ({ chat_id: chat } = (await ann.create({ kind: 'direct', member_ids: [bob.userId] })).chat);
  await bob.sees(({ type }) => type === 'chat.new');
  from = (await bob.request('updates.getState')) as typeof from;
});
afterAll(() => {
  for (const person of [ann, bob]) person?.client.drop();
});

/** Something of everything: short and long, of one's own and of others. */
async function live(words: string): Promise<number> {
  await ann.send(chat, words);
  await bob.send(chat, words);
  const { seq } = await ann.send(chat, `${words} ${'and so on '.repeat(300)}🎉`);
  await ann.request('messages.react', { chat_id: chat, seq, emoji: '👍' });
  await bob.request('messages.read', { chat_id: chat, seq });
  await bob.sees(({ type, seq: read }) => type === 'read.inbox' && read === seq);
  // What he was sent: a replica's head may be a moment behind that.
  return bob.pts;
}

interface Transport {
  readonly name: string;
  updates(): readonly WireUpdate[];
  until(condition: () => boolean): Promise<void>;
  drop(): void;
}

const token = (): string => bob.identity.access_token;
const ticket = async (): Promise<string> =>
  (await post(odnix.url, '/v1/updates/ticket', undefined, token())).ticket;

async function socket(name: string, options: Parameters<typeof WireClient.open>[3]): Promise<Transport> {
  const client = await WireClient.open(odnix.url, token(), from.sync_token, options);
  const isCompressed = client.socket.extensions.includes('permessage-deflate');
  expect(isCompressed, name).toBe(options?.perMessageDeflate === true);
  return {
    name,
    updates: () => client.updates,
    until: (condition) => client.until(condition),
    drop: () => client.drop(),
  };
}

async function stream(name: string, query: Record<string, string>, headers = {}): Promise<Transport> {
  const client = await EventClient.open(odnix.url, { sync_token: from.sync_token, ...query }, headers);
  return {
    name,
    updates: () => client.updates,
    until: (condition) => client.until(condition),
    drop: () => client.drop(),
  };
}

/** Asks again and again, until it is told to stop or `upTo` is there. */
function polls(name: string): Transport {
  const updates: WireUpdate[] = [];
  const stop = new AbortController();
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) {
      const { sync_token } = updates.at(-1) ?? from;
      const query = { sync_token, timeout_ms: 20_000, limit: 4 };
      const { status, body } = await poll(odnix.url, token(), query, { signal: stop.signal });
      expect([status, ['difference', 'slice'].includes(body.type)], JSON.stringify(body)).toEqual([
        200,
        true,
      ]);
      updates.push(...body.updates);
    }
  };
  return { name, updates: () => updates, until, drop: () => stop.abort() };
}

const everyTransport = async (): Promise<Transport[]> => [
  ...(await Promise.all([
    socket('JSON', {}),
    socket('MessagePack', { subprotocol: 'odnix.v1.msgpack' }),
    socket('JSON, compressed', { perMessageDeflate: true }),
    socket('MessagePack, compressed', { subprotocol: 'odnix.v1.msgpack', perMessageDeflate: true }),
    stream('events', {}, bearerOf(token())),
    stream('events by ticket', { ticket: await ticket() }),
  ])),
  polls('polls'),
];

async function whole(limit: number): Promise<WireUpdate[]> {
  const updates: WireUpdate[] = [];
  for (let sync_token = from.sync_token; ;) {
    const answer = await bob.request('updates.getDifference', { sync_token, limit });
    updates.push(...answer.updates);
    if (answer.type !== 'slice') return updates;
    ({ sync_token } = answer);
  }
}

test('live and replayed, every transport brings the same', async () => {
  const lives = await everyTransport();
  const reaches = (transport: Transport, pts: number) =>
    transport.until(() => (transport.updates().at(-1)?.pts ?? 0) >= pts);
  const firstPts = await live('first');
  await Promise.all(lives.map((transport) => reaches(transport, firstPts)));
  const lastPts = await live('second');
  await Promise.all(lives.map((transport) => reaches(transport, lastPts)));
  const replays = await everyTransport();
  await Promise.all(replays.map((transport) => reaches(transport, lastPts)));
  const expected = await whole(500);
  expect(expected.map(({ pts }) => pts)).toEqual(expected.map((_, index) => from.pts + 1 + index));
  expect(expected.length).toBeGreaterThanOrEqual(10);
  expect(await whole(3)).toEqual(expected);
  for (const { name, updates } of [...lives, ...replays]) expect(updates(), name).toEqual(expected);
  for (const transport of [...lives, ...replays]) transport.drop();
});

test('an event stream that was cut goes on by its last event, live and replayed', async () => {
  const headers = bearerOf(token());
  const seen: number[] = [];
  let last: Record<string, string> = {};
  for (let cut = 0; cut < 3; cut++) {
    const stream = await EventClient.open(odnix.url, {}, { ...headers, ...last });
    await stream.until(() => stream.named('updates.caughtUp').length === 1);
    const { seq } = await ann.send(chat, `before cut ${cut}`);
    await stream.until(() => stream.updates.some(({ update }) => update['seq'] === seq));
    stream.drop();
    await ann.send(chat, `while cut ${cut}`);
    seen.push(...stream.updates.map(({ pts }) => pts));
    last = { 'last-event-id': stream.lastEventId };
  }
  expect(seen).toEqual(seen.map((_, index) => seen[0]! + index));
  expect(seen.length).toBeGreaterThanOrEqual(5);
});

test('a ticket is good once, whichever gateway it comes to', async () => {
  const once = await ticket();
  const open = () => EventClient.open(odnix.url, { ticket: once }).then((client) => client.drop());
  const refused = Array.from({ length: 4 }, () =>
    open().then(
      () => 'opened',
      ({ message }: Error) => message,
    ),
  );
  expect((await Promise.all(refused)).toSorted()).toEqual([
    ...Array(3).fill('401 UNAUTHENTICATED'),
    'opened',
  ]);
});
