/**
 * A log read from the read model equals the log read from the stream, update by update, wherever it is begun, however far the
 * projectors are, and while things change between slices. Streams and tables are filled by the spec, so that it says how
 * far each projection has come; `far` is near enough to be met by a few hundred messages.
 *
 * Seen failing: with the tail read from one place too late (a hole), with the own entry not compared (another past is
 * continued), with the tail read however long it is, with tables that have not come to the position taken for ones that
 * lack it, with an answer that carries less than was asked for taken for the end, with a cut one taken for whole, and with users
 * not taking turns.
 */
import { v7 as uuidV7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Caller } from '#edge/caller.js';
import { logStart, type LogPosition } from '#edge/log-position.js';
import { LogDiverged } from '#edge/log-reader.js';
import { openEdge, type EdgeServices } from '#edge/open-edge.js';
import { deriveSecrets } from '#edge/secrets.js';
import { chatsProjection } from '#projections/chats/projection.js';
import { userLogProjection } from '#projections/user-log/projection.js';
import type { AnnouncedUpdate } from '#streams/announcement.js';
import { applyTopology } from '#streams/apply-topology.js';
import { counter } from '../support/chat-history.js';
import { LivelyChats } from '../support/lively-chats.js';
import { seededRandom } from '../support/random.js';
import { ServedQueries } from '../support/served-queries.js';
import { storeRecords } from '../support/stored-history.js';

const streamsPerFamily = 1;
const secrets = deriveSecrets(new Uint8Array(32).fill(4));
const far_messages = 150;
const long_text = 'é'.repeat(8_000);
const next = { chats: counter(), accounts: counter(), logs: counter() };

let served: ServedQueries;
let near: EdgeServices;
let far: EdgeServices;
let chats: LivelyChats;
let stored: { chats: number; accounts: number; logs: number };
const random = seededRandom('far behind');

beforeAll(async () => {
  served = await ServedQueries.start();
  const edge = { natsUrl: served.natsUrl, streamsPerFamily, secrets };
  near = await openEdge({ ...edge, farDistanceMessagesMin: Infinity });
  await applyTopology(near.nats, { streamsPerFamily, replicas: 1 });
});
afterAll(async () => {
  await near?.close();
  await served?.stop();
});

/** With caches of its own: what was read once must not hide what became of it. */
beforeEach(async () => {
  chats = new LivelyChats(next, random).act(300);
  stored = { chats: 0, accounts: 0, logs: 0 };
  await store();
  await far?.close();
  const edge = { natsUrl: served.natsUrl, streamsPerFamily, secrets };
  far = await openEdge({ ...edge, farDistanceMessagesMin: far_messages });
  return () => far.close();
});

async function store(): Promise<void> {
  const { chat, accounts, logs } = chats;
  await storeRecords(near.nats, chat.records.slice(stored.chats));
  await storeRecords(near.nats, accounts.slice(stored.accounts));
  await storeRecords(near.nats, logs.records.slice(stored.logs));
  stored = { chats: chat.records.length, accounts: accounts.length, logs: logs.records.length };
}

/** All but the last so many of the stream's messages. */
async function fold({ withoutChats = 0, withoutLogs = 0 } = {}): Promise<void> {
  const { chat, logs } = chats;
  await served.fold(chatsProjection, chat.records.slice(0, chat.records.length - withoutChats));
  await served.fold(userLogProjection, logs.records.slice(0, logs.records.length - withoutLogs));
}

const positionAt = ({ pts, sequence, hash, date_ms }: AnnouncedUpdate): LogPosition => ({
  pts,
  sequence,
  hash,
  dateMs: date_ms,
});

async function read(
  { catchUp }: EdgeServices,
  user: string,
  from: LogPosition = logStart,
  limit = 200,
): Promise<AnnouncedUpdate[]> {
  const items: AnnouncedUpdate[] = [];
  for (let position = from; ; position = positionAt(items.at(-1)!)) {
    const slice = await catchUp.updatesAfter(user, position, limit);
    items.push(...slice.items);
    if (!slice.more || slice.items.length === 0) return items;
  }
}

/** From the start, and from some place, in slices of some sizes. */
async function expectSame(): Promise<void> {
  for (const user of chats.people) {
    const whole = await read(near, user);
    expect(whole.map(({ pts }) => pts)).toEqual(whole.map((_, index) => index + 1));
    expect(whole.filter(showsDeleted)).toEqual([]);
    expect(await read(far, user)).toEqual(whole);
    expect(await read(far, user, logStart, 1 + random.integer(40))).toEqual(whole);
    const at = random.integer(Math.floor(whole.length / 2));
    expect(await read(far, user, positionAt(whole[at]!), 30)).toEqual(whole.slice(at + 1));
  }
}

/** I9. */
const showsDeleted = ({ update }: AnnouncedUpdate): boolean =>
  'message' in update && !update.message.deleted && !chats.standingSeqs.includes(update.seq);

describe('far from the end, a log is the same as near to it', () => {
  test('with everything projected', async () => {
    await fold();
    await expectSame();
  });

  test.each([1, 60, far_messages])(
    'the last %i messages of the stream not projected yet',
    async (withoutLogs) => {
      await fold({ withoutLogs });
      await expectSame();
    },
  );

  test('chats not projected as far as the log', async () => {
    await fold({ withoutChats: 150 });
    for (const user of chats.people) expect(await read(far, user)).toEqual(await read(near, user));
  });

  test('a longer log than one answer carries, asked for at once', async () => {
    for (let count = 0; count < 500; count++) chats.send(random);
    await store();
    await fold({ withoutLogs: 20 });
    const [user] = chats.people;
    const whole = await read(near, user);
    expect(await read(far, user, logStart, 1_000)).toEqual(whole);
    expect(await read(far, user, positionAt(whole[0]!), 1_000)).toEqual(whole.slice(1));
  });

  test('long texts: slices end by their bytes', async () => {
    for (let count = 0; count < 120; count++) chats.send(random, long_text);
    await store();
    await fold();
    const [user] = chats.people;
    const whole = await read(near, user);
    expect(await read(far, user)).toEqual(whole);
    const { items } = await far.catchUp.updatesAfter(user, positionAt(whole.at(-120)!), 100);
    expect(items.length).toBeLessThan(100);
    expect(Buffer.byteLength(JSON.stringify(items))).toBeLessThan(1024 * 1024);
  });

  test('a message deleted between two slices is a tombstone in the second', async () => {
    await fold();
    const [user] = chats.people;
    const first = await far.catchUp.updatesAfter(user, logStart, 10);
    const later = chats.standingSeqs.at(-1)!;
    chats.delete(later);
    await store();
    await fold({ withoutLogs: 1 });
    const rest = await read(far, user, positionAt(first.items.at(-1)!), 50);
    const told = rest.filter(({ update }) => 'message' in update && update.seq === later);
    expect(told.length).toBeGreaterThan(0);
    for (const { update } of told) expect(update).toMatchObject({ message: { deleted: true } });
    expect(rest).toEqual((await read(near, user)).slice(10));
  });

  test('getDifference goes on in the middle of a slice, by token and by pts', async () => {
    await fold({ withoutLogs: 40 });
    const [user] = chats.people;
    const caller = new Caller(far.ask);
    caller.identity = { user_id: user, device_id: uuidV7() };
    const whole = await far.updates.getDifference(caller, { pts: 0, limit: 100 });
    expect(whole.type).toBe('slice');
    const middle = whole.updates[whole.updates.length >> 1]!;
    for (const from of [{ sync_token: middle.sync_token }, { pts: middle.pts }]) {
      const { updates } = await far.updates.getDifference(caller, { ...from, limit: 20 });
      expect(updates).toEqual(whole.updates.slice(middle.pts, middle.pts + 20));
    }
  });
});

test('of one user one far slice is read at a time, whoever asks; others do not wait for it', async () => {
  await fold();
  let most = 0;
  const reading = new Map<string, number>();
  const query = far.ask.query.bind(far.ask);
  far.ask.query = async (method, request, ...more) => {
    const { user_id } = request.identity;
    const count = (by: number) => reading.set(user_id, (reading.get(user_id) ?? 0) + by).get(user_id)!;
    most = Math.max(most, count(1));
    const reply = await query(method, request, ...more);
    count(-1);
    return reply;
  };
  const all = [...chats.people, ...chats.people, ...chats.people];
  await Promise.all(all.map((user) => far.catchUp.updatesAfter(user, logStart, 50)));
  expect(most).toBe(1);
  expect([...reading.values()]).toEqual([0, 0, 0]);
});

describe('what cannot be read', () => {
  test('a projector that is far behind is waited for; what it has is given at once', async () => {
    await fold({ withoutLogs: 250 });
    const [user] = chats.people;
    const { items, more } = await far.catchUp.updatesAfter(user, logStart, 1_000);
    expect(more).toBe(true);
    expect(items.length).toBeGreaterThan(0);
    const end = positionAt(items.at(-1)!);
    await expect(far.catchUp.updatesAfter(user, end, 10)).rejects.toMatchObject({
      error: { code: 'NOT_CAUGHT_UP', retryable: true },
    });
    const ahead = positionAt((await read(near, user))[items.length]!);
    await expect(far.catchUp.updatesAfter(user, ahead, 10)).rejects.toMatchObject({
      error: { code: 'NOT_CAUGHT_UP' },
    });
    await fold();
    expect(await read(far, user, end)).toEqual((await read(near, user)).slice(items.length));
  });

  test('a log of another past is not continued', async () => {
    await fold();
    const [user] = chats.people;
    const { items } = await far.catchUp.updatesAfter(user, logStart, 2);
    const other = { ...positionAt(items[0]!), hash: items[1]!.hash };
    await expect(far.catchUp.updatesAfter(user, other, 10)).rejects.toBeInstanceOf(LogDiverged);
  });

  test('without Postgres what is far waits, what is near goes on', async () => {
    await fold();
    const [user] = chats.people;
    const whole = await read(near, user);
    const end = positionAt(whole.at(-3)!);
    await served.allowConnections(false);
    try {
      await expect(far.catchUp.updatesAfter(user, logStart, 10)).rejects.toMatchObject({
        error: { code: 'UNAVAILABLE', retryable: true },
      });
      expect((await far.catchUp.updatesAfter(user, end, 10)).items).toEqual(whole.slice(-2));
    } finally {
      await served.allowConnections(true);
    }
    await expect.poll(() => read(far, user).catch(() => null)).toEqual(whole);
  });
});
