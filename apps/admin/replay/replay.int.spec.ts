/**
 * Seen failing with: the position itself left out, `read_seq` left out of a log's `last_seq`, a text shown of a message that was
 * deleted after the moment, a time that picks the message before it, the comparison without the part that is folded within it, surplus rows
 * of the live table not counted, and the narrowing left out of the comparison; rows that the live table does not have taken for equal, two
 * at a time, and what a killed one left standing.
 */
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { sql } from 'kysely';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listBuilds } from '#db/builds.js';
import { takeOver, type Checkpoint } from '#db/checkpoint.js';
import type { ProjectedRecord, Projection } from '#projections/define-projection.js';
import { foldBatch } from '#projections/fold-batch.js';
import { chatsProjection } from '#projections/chats/projection.js';
import { userLogProjection } from '#projections/user-log/projection.js';
import { applyTopology } from '#streams/apply-topology.js';
import { connectNats } from '#streams/connection.js';
import { DirectGet } from '#streams/direct-get.js';
import { adminContext, type HeardContext } from '../../../test/support/admin-context.js';
import { counter } from '../../../test/support/chat-history.js';
import { LivelyChats } from '../../../test/support/lively-chats.js';
import { migratedDatabase, type MigratedDatabase } from '../../../test/support/migrated-database.js';
import { seededRandom } from '../../../test/support/random.js';
import { recountedChat, recountedLog } from '../../../test/support/recounted.js';
import { startNats, type TestNats } from '../../../test/support/servers.js';
import { storeRecords } from '../../../test/support/stored-history.js';
import { replayAgainstLive } from './against-live.js';
import type { ChatThen } from './chat-then.js';
import { replayOperation, type ReplayParams } from './replay-operation.js';
import { parseUntil } from './until.js';
import type { UserThen } from './user-then.js';

const random = seededRandom('replay');
const positions_tried = 12;
const messages = 100;
let nats: TestNats;
let nc: NatsConnection;
let database: MigratedDatabase;
let context: HeardContext;
let lively: LivelyChats;

beforeAll(async () => {
  [nats, database] = await Promise.all([startNats({ fsync: false }), migratedDatabase()]);
  nc = await connectNats(nats.url);
  await applyTopology(nc, { streamsPerFamily: 1, replicas: 1 });
  context = adminContext(nc, database);
  lively = new LivelyChats({ chats: counter(), accounts: counter(), logs: counter() }, random).act(400);
  await storeRecords(nc, lively.chat.records);
  await storeRecords(nc, lively.accounts.map(withState));
  await storeRecords(nc, lively.logs.records);
});
afterAll(async () => {
  await nc?.close();
  await Promise.all([nats?.stop(), database?.drop()]);
});

/** As every account's decision carries it: here a device that is named by the decision's place. */
function withState(record: ProjectedRecord): ProjectedRecord {
  const device = { device_id: randomUUID(), name: `at ${record.sequence}`, type: 'web', added_at_ms: 1 };
  const user_id = record.aggregate_id;
  const dates = { registered_at_ms: 1, last_date_ms: 1 };
  const account = { user_id, display_name: 'Ann', phone_hash: 'a'.repeat(64), devices: [device], ...dates };
  return { ...record, decision: { ...record.decision, state: { status: 'active', ...account } } as never };
}

const ask = (params: ReplayParams) => replayOperation.run(context, params);
const at = (place: string) => parseUntil(place)!;
const chatAt = (place: string, more: ReplayParams = {}) =>
  ask({ chat: lively.chat.chatId, until: at(place), ...more }) as Promise<ChatThen>;
const anyPlace = (records: readonly unknown[]) => 1 + random.integer(records.length);

describe('a chat', () => {
  it('is told as it was, at any position', async () => {
    for (let turn = 0; turn < positions_tried; turn++) {
      const place = anyPlace(lively.chat.records);
      const told = await chatAt(`CHAT_0:${place}`, { messages, withText: true });
      const recounted = recountedChat(lively.chat.records, place, messages);
      expect({ place, ...pick(told, recounted) }).toEqual({ place, ...recounted });
    }
  });

  it('tells no text unless asked, and none of what was deleted since', async () => {
    const last = lively.chat.records.length;
    const silent = await chatAt(`CHAT_0:${last}`, { messages });
    expect(silent.messages.map(({ text }) => text)).toEqual(silent.messages.map(() => null));
    const deletions = lively.chat.records.filter(({ events }) => events[0]?.type === 'Tombstoned');
    const { sequence, events } = random.pick(deletions);
    const seq = (events[0] as { data: { message: { seq: number } } }).data.message.seq;
    const before = await chatAt(`CHAT_0:${sequence - 1}`, { messages, withText: true });
    const held = before.messages.find((message) => message.seq === seq);
    if (held !== undefined) expect(held).toMatchObject({ is: 'standing', text: null });
  });

  it('a time picks the last message that the store had written by then', async () => {
    const { messages: stored } = await new DirectGet(nc).getBatch('CHAT_0', {
      subject: '>',
      startSequence: 1,
      max: 1_000,
    });
    for (let turn = 0; turn < 4; turn++) {
      const { timeMs } = random.pick(stored);
      const expected = stored.filter((message) => message.timeMs <= timeMs).at(-1)!.sequence;
      expect((await chatAt(new Date(timeMs).toISOString())).position).toBe(`CHAT_0:${expected}`);
    }
    const future = await chatAt('2999-01-01T00:00:00Z');
    expect(future.position).toBe(`CHAT_0:${lively.chat.records.length}`);
  });

  it('refuses what cannot be told, and says what to do', async () => {
    const refused = (params: ReplayParams) => expect(ask(params)).rejects;
    const { chatId: chat } = lively.chat;
    await refused({ chat: randomUUID() }).toThrow('CHAT_0 holds nothing of');
    await refused({ chat, until: at('CHAT_0:999999') }).toThrow('CHAT_0 ends at');
    await refused({ chat, until: at('USER_0:1') }).toThrow('this stands in CHAT_0');
    await refused({ chat, until: at('1999-01-01T00:00:00Z') }).toThrow(
      'not there yet at CHAT_0:0, it begins at CHAT_0:1',
    );
    await refused({ user: randomUUID() }).toThrow('there is no account');
    const check = (params: ReplayParams) => expect(() => replayOperation.check!(params));
    check({ chat, user: chat }).toThrow('chat: expected');
    check({ chat, withText: true }).toThrow('only with messages');
    check({ projection: 'chats' }).toThrow('against: expected live');
    for (const wrong of [
      'CHAT_0',
      'CHAT_0:0',
      'CHAT_0:-1',
      'yesterday',
      '2026-05-01T12:00:00',
      '2026-13-01T12:00:00Z',
    ])
      expect(parseUntil(wrong)).toBeUndefined();
  });
});

it('a user is told as their log was, at any position, right after they came too', async () => {
  const comings = lively.logs.records.filter(
    ({ events: [event] }) => event?.type === 'EntryAppended' && event.entry.kind === 'chat.new',
  );
  const places: (readonly [number, string])[] = comings.map((one) => [one.sequence, one.aggregate_id]);
  for (let turn = 0; turn < positions_tried; turn++)
    places.push([anyPlace(lively.logs.records), random.pick(lively.people)]);
  for (const [place, user] of places) {
    const recounted = recountedLog(lively.logs.records, place, user);
    const asked = ask({ user, until: at(`USER_0:${place}`) }) as Promise<UserThen>;
    if (recounted.pts === 0) {
      await expect(asked).rejects.toThrow(/has no entry up to|there is no account/);
      continue;
    }
    const { devices, ...told } = await asked;
    expect({ place, ...pick(told, recounted.state) }).toEqual({ place, ...recounted.state });
    expect(devices.map(({ name }) => name)).toEqual(recounted.devices);
  }
});

describe('a projection against the live tables', () => {
  let checkpoint: Checkpoint;
  beforeAll(async () => {
    for (const [projection, stream, records] of [
      [userLogProjection, 'USER_0', lively.logs.records],
      [chatsProjection, 'CHAT_0', lively.chat.records],
    ] as const) {
      const from = await takeOver(database.db, { schema: `${projection.name}_v1`, stream });
      checkpoint = await foldBatch(database.db, projection, from, records);
    }
  });

  it('equals them when nothing was changed; nothing is left, and no build was made of it', async () => {
    const builds = await listBuilds(database.db);
    for (const name of ['chats', 'user_log']) {
      const result = await ask({ projection: name, against: 'live' });
      expect(result).toMatchObject({ of: 'projection', is_equal: true });
      expect(replayOperation.exitCode!(result)).toBe(0);
    }
    expect(await listBuilds(database.db)).toEqual(builds);
    expect(await scratchSchemas()).toEqual([]);
  });

  it('names exactly the rows that a change would change, and of texts only hashes', async () => {
    const changed = changing(
      (schema) => sql`update ${sql.table(`${schema}.messages`)} set edited_at_ms = 7,
        content = '{"type":"text","text":"secret words"}' where edited_at_ms is not null`,
    );
    const result = await replayAgainstLive(context, changed, {});
    const { rows } = await sql<{ seq: string }>`
      select seq::text from chats_v1.messages where edited_at_ms is not null order by chat_id, messages.seq`.execute(
      database.db,
    );
    const messagesTable = result.tables.find(({ table }) => table === 'messages')!;
    expect(messagesTable).toMatchObject({ differing: rows.length, only_live: 0, only_replayed: 0 });
    expect(messagesTable.first.map(({ key }) => key['seq'])).toEqual(rows.slice(0, 10).map(({ seq }) => seq));
    for (const { is, columns } of messagesTable.first) {
      expect(is).toBe('differing');
      expect(Object.keys(columns).toSorted()).toEqual(['content', 'edited_at_ms']);
      expect(columns['edited_at_ms']).toEqual({ live: '5000', replayed: '7' });
      expect(columns['content']!.live).toMatch(/^sha256 [0-9a-f]{12}$/);
    }
    const others = result.tables.filter(({ table }) => table !== 'messages');
    expect(others.flatMap(({ first }) => first)).toEqual([]);
    const shown = [...replayOperation.print(result), JSON.stringify(result)].join('\n');
    expect(shown).not.toMatch(/secret|changed \d|text \d/);
    expect(replayOperation.exitCode!(result)).toBe(1);
  });

  it('counts the rows that one of the two does not have', async () => {
    const changed = changing(
      (schema) => sql`delete from ${sql.table(`${schema}.messages`)} where seq in (1, 2)`,
    );
    const fewer = await replayAgainstLive(context, changed, { chat: lively.chat.chatId });
    const messagesTable = fewer.tables.find(({ table }) => table === 'messages')!;
    expect(messagesTable).toMatchObject({ differing: 0, only_live: 2, only_replayed: 0 });
    expect(fewer.is_equal).toBe(false);
    expect(messagesTable.first.map(({ is, key }) => [is, key['seq']])).toEqual([
      ['only_live', '1'],
      ['only_live', '2'],
    ]);

    const stranger = randomUUID();
    const adding = changing(
      (
        schema,
      ) => sql`insert into ${sql.table(`${schema}.members`)} (chat_id, user_id, role, joined_at_ms, visible_from_seq)
        select chat_id, ${stranger}::uuid, 'member', 1, 1 from ${sql.table(`${schema}.chats`)} on conflict do nothing`,
    );
    const more = await replayAgainstLive(context, adding, { chat: lively.chat.chatId });
    const membersTable = more.tables.find(({ table }) => table === 'members')!;
    expect(membersTable).toMatchObject({ differing: 0, only_live: 0, only_replayed: 1 });
    expect(membersTable.first).toMatchObject([{ is: 'only_replayed', key: { user_id: stranger } }]);
    expect(more.is_equal).toBe(false);
  });

  it('one runs at a time; what a killed one left is dropped by the next', async () => {
    await sql`create schema scratch_left`.execute(database.db);
    const held = await replayAgainstLive(context, refusedBeside(), {});
    expect(held.is_equal).toBe(true);
    expect(await scratchSchemas()).toEqual([]);
  });

  /** Asks for another one while it folds. */
  const refusedBeside = (): Projection => ({
    ...chatsProjection,
    fold: async (tx, schema, records) => {
      expect(await scratchSchemas()).toEqual([{ nspname: schema }]);
      await expect(replayAgainstLive(context, chatsProjection, {})).rejects.toThrow('Another replay');
      await chatsProjection.fold(tx, schema, records);
    },
  });

  it('narrowed to a chat, a user or a stream looks at their rows and no others', async () => {
    const other = randomUUID();
    await sql`insert into user_log_v1.user_heads (user_id, pts, hash, sequence, date_ms, sources)
      values (${other}, 1, 'x', 1, 1, '{}')`.execute(database.db);
    const narrow = (more: ReplayParams) => ask({ projection: 'user_log', against: 'live', ...more });
    expect(await narrow({})).toMatchObject({ is_equal: false });
    expect(await narrow({ user: lively.people[0] })).toMatchObject({
      is_equal: true,
      not_compared: ['timeline_positions'],
    });
    expect(await narrow({ stream: 'USER_0' })).toMatchObject({ is_equal: true, not_compared: [] });
    await expect(narrow({ chat: other })).rejects.toThrow('narrow it by --user or --stream');
    await expect(narrow({ stream: 'CHAT_0' })).rejects.toThrow('is folded from USER_0');
    await sql`delete from user_log_v1.user_heads where user_id = ${other}`.execute(database.db);
  });

  it('is equal too while people write and the live tables move', async () => {
    const until = new AbortController();
    const writing = (async () => {
      let folded = checkpoint;
      while (!until.signal.aborted) {
        const from = lively.chat.records.length;
        lively.act(5);
        const fresh = lively.chat.records.slice(from);
        if (fresh.length === 0) continue;
        await storeRecords(nc, fresh);
        folded = await foldBatch(database.db, chatsProjection, folded, fresh);
      }
      return folded.sequence;
    })();
    const positions: number[] = [];
    for (let turn = 0; turn < 3; turn++) {
      const result = await replayAgainstLive(context, chatsProjection, {});
      expect(result.tables.flatMap(({ first }) => first)).toEqual([]);
      positions.push(result.positions['CHAT_0']!);
    }
    until.abort();
    await writing;
    expect(positions[0]).toBeGreaterThanOrEqual(checkpoint.sequence);
    expect(positions[2]).toBeGreaterThan(positions[0]!);
  });
});

it('what was erased is told as erased, and the rest as it was', async () => {
  const { records, chatId } = lively.chat;
  const deleted = records.flatMap(({ events: [event] }) =>
    event?.type === 'Tombstoned' ? [event.data.message.seq] : [],
  );
  const erased = records.filter(({ events: [event] }) =>
    event?.type === 'MessageSent' || event?.type === 'MessageEdited'
      ? deleted.includes(event.data.message.seq)
      : false,
  );
  const jsm = await jetstreamManager(nc);
  await Promise.all(erased.map(({ sequence }) => jsm.streams.deleteMessage('CHAT_0', sequence, true)));
  const last = records.length;
  const told = (await ask({ chat: chatId, messages, withText: true })) as ChatThen;
  const { messages: then, ...recounted } = recountedChat(records, last, messages);
  expect(pick(told, recounted)).toEqual(recounted);
  expect(told.erased_count).toBe(erased.length);
  expect(told.erased_about_then).toBeNull();
  expect(told.messages.filter(({ is }) => is === 'standing')).toEqual(
    then.filter(({ is }) => is === 'standing'),
  );
  expect(replayOperation.print(told).join('\n')).toContain(`${erased.length} events erased since`);
  const { sequence } = random.pick(erased);
  const around = await chatAt(`CHAT_0:${sequence}`);
  const [from, to] = around.erased_about_then!;
  expect(from).toBeLessThanOrEqual(sequence);
  expect(to).toBeGreaterThanOrEqual(sequence);
});

/** The chats' projection of a release that does something more after each batch. */
const changing = (change: (schema: string) => ReturnType<typeof sql>): Projection => ({
  ...chatsProjection,
  fold: async (tx, schema, records) => {
    await chatsProjection.fold(tx, schema, records);
    await change(schema).execute(tx);
  },
});

async function scratchSchemas(): Promise<unknown[]> {
  const found = await sql`select nspname from pg_namespace where nspname like 'scratch%'`.execute(
    database.db,
  );
  return found.rows;
}

const pick = (object: object, like: object) =>
  Object.fromEntries(Object.entries(object).filter(([name]) => name in like));
