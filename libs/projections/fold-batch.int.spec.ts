import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { firstSchema } from '#db/build-schema.js';
import { CheckpointLost, takeOver } from '#db/checkpoint.js';
import { ChatHistory, counter, LogHistory, member } from '../../test/support/chat-history.js';
import { migratedDatabase, type MigratedDatabase } from '../../test/support/migrated-database.js';
import { accountsProjection } from './accounts/projection.js';
import { eventsBetween } from './chats/channel-log-query.js';
import { chatsProjection } from './chats/projection.js';
import type { ProjectedRecord, Projection } from './define-projection.js';
import { deviceCursorsProjection } from './device-cursors/projection.js';
import { foldBatch } from './fold-batch.js';
import { projections } from './registry.js';
import { receiptsProjection } from './receipts/projection.js';
import { requestIdsProjection } from './request-ids/projection.js';
import { searchProjection } from './search/projection.js';
import { userLogProjection } from './user-log/projection.js';

let database: MigratedDatabase | undefined;
beforeEach(async () => {
  await database?.drop();
  database = await migratedDatabase();
});
afterAll(() => database?.drop());

const [ann, bob, cem] = [randomUUID(), randomUUID(), randomUUID()];

const schemaOf = ({ name, version }: Projection) => firstSchema(name, version);
const checkpointOf = (projection: Projection, stream: string) =>
  takeOver(database!.db, { schema: schemaOf(projection), stream });

/** In batches of the given size, from wherever the checkpoint stands. */
async function fold(projection: Projection, records: readonly ProjectedRecord[], size = records.length) {
  if (records.length === 0) return;
  let checkpoint = await checkpointOf(projection, records[0]!.stream);
  for (let at = 0; at < records.length; at += size) {
    checkpoint = await foldBatch(database!.db, projection, checkpoint, records.slice(at, at + size));
  }
}

const forget = () => sql`update odnix.checkpoints set sequence = 0`.execute(database!.db);

/** Every row of every table, as text, sorted. */
async function tables(projection: Projection): Promise<Record<string, string[]>> {
  const all: Record<string, string[]> = {};
  for (const table of projection.tables) {
    const name = sql.table(`${schemaOf(projection)}.${table}`);
    const { rows } = await sql<{ row: string }>`select t::text as row from ${name} t order by 1`.execute(
      database!.db,
    );
    all[table] = rows.map(({ row }) => row);
  }
  return all;
}

function history(stream = 'CHAT_0') {
  const next = counter();
  const [one, other] = [new ChatHistory(stream, next), new ChatHistory(stream, next)];
  const key = randomUUID();
  const records = [
    one.create([member(ann, 1, 'owner'), member(bob)]),
    other.createInVersion1([member(bob, 1, 'owner')], 'from before'),
    one.send(ann, 'to be kept', key),
    one.send(bob, 'secret \0 \ud800 words'),
    other.send(bob, 'elsewhere'),
    one.edit(bob, 2, 'other secret words'),
    one.react(ann, 2, '👍'),
    one.react(ann, 1, '👍'),
    one.react(bob, 1, '🎉'),
    one.react(bob, 1, null),
    one.add(ann, [member(cem, 3)], 3),
    one.decide(ann, [{ type: 'RoleChanged', data: { user_id: cem, role: 'admin', member_count: 3 } }]),
    one.tombstone(bob, 2),
    one.remove(ann, bob, 2),
    one.send(cem, 'last'),
  ];
  return { one, other, records, key };
}

const account = (stream: string, sequence: number, data: object, type: string): ProjectedRecord =>
  ({
    stream,
    sequence,
    aggregate_id: ann,
    events: [{ type, data, event_id: randomUUID(), version: 1, chat_pts: 0 }],
    decision: {
      decision_id: randomUUID(),
      meta: { occurred_at_ms: 1_000 + sequence, actor: { user_id: ann, device_id: null } },
    },
  }) as unknown as ProjectedRecord;

const marks = (chat_id: string, ...seqs: readonly number[]) => ({
  user_id: ann,
  cursors: seqs.map((seq) => ({ chat_id, seq, after: 1 })),
});

function histories(): [Projection, ProjectedRecord[]][] {
  const { records, one } = history();
  const device = { device_id: bob, name: 'Phone\0', type: 'mobile', added_at_ms: 1_002 };
  const log = new LogHistory('USER_0', counter());
  const about = { chat_id: one.chatId, chat_pts: 1 };
  log
    .append('device.added', { stream: 'ACCOUNT_0', sequence: 2 })
    .append('chat.new', records[0]!, {
      ...about,
      values: { read_seq: 0, visible_from_seq: 1, role: 'owner' },
    })
    .append('message.new', records[2]!, { ...about, chat_pts: 2, seq: 1, values: { read_seq: 1 } })
    .append('read.outbox', { stream: 'RECEIPT_0', sequence: 9 }, { ...about, seq: 1 })
    .append('chat.removed', records[13]!, { ...about, chat_pts: 9 })
    .append('chat.new', records[14]!, {
      ...about,
      chat_pts: 10,
      values: { read_seq: 4, visible_from_seq: 5, role: 'member' },
    });
  const position: ProjectedRecord = {
    stream: 'USER_0',
    sequence: 7,
    aggregate_id: 'USER_0',
    events: [{ type: 'PositionSaved', positions: { CHAT_0: 99, RECEIPT_0: 3 } } as { type: string }],
    decision: null,
  };
  return [
    [chatsProjection, records],
    [requestIdsProjection, records],
    [userLogProjection, [...log.records, position]],
    [
      accountsProjection,
      [
        account(
          'ACCOUNT_0',
          1,
          { user_id: ann, display_name: 'Ann', phone_hash: 'a'.repeat(64) },
          'UserRegistered',
        ),
        account('ACCOUNT_0', 2, { user_id: ann, device }, 'DeviceAdded'),
        account('ACCOUNT_0', 4, { user_id: ann, device_id: bob, reason: 'revoked' }, 'DeviceRevoked'),
        account('ACCOUNT_0', 5, { user_id: ann, cause: 'many_codes', network_hash: 'n' }, 'SignInFailed'),
      ],
    ],
    [
      deviceCursorsProjection,
      [
        account('RECEIPT_0', 1, { user_id: ann, device_id: bob, pts: 7 }, 'DeviceCursorMoved'),
        account('RECEIPT_0', 2, { user_id: ann, device_id: bob, pts: 5 }, 'DeviceCursorMoved'),
      ],
    ],
    [searchProjection, records],
    [
      receiptsProjection,
      [3, 1, 4, 2, 4].flatMap((seq, at) => [
        account('RECEIPT_0', 2 * at + 1, marks(one.chatId, seq), 'ReadCursorMoved'),
        account('RECEIPT_0', 2 * at + 2, marks(one.chatId, seq, 9), 'DeliveredCursorMoved'),
      ]),
    ],
  ];
}

describe('every projection', () => {
  it('is tried here', () => {
    expect(histories().map(([projection]) => projection)).toEqual(projections);
  });

  // Seen failing with the comparison of chat_pts left out of `once`, and of pts left out of the user log.
  it.each(histories())(
    '$name: folded again over filled tables, in whole and in part, changes nothing',
    async (projection, records) => {
      await fold(projection, records);
      const filled = await tables(projection);
      expect(Object.values(filled).flat()).not.toHaveLength(0);
      for (const part of [records, records.slice(0, -1), records.slice(0, 3), records.slice(0, 1)]) {
        await forget();
        await fold(projection, part, 2);
        expect(await tables(projection)).toEqual(filled);
      }
    },
  );

  it.each(histories())(
    '$name: however the records are cut into batches, the tables are the same',
    async (projection, records) => {
      await fold(projection, records);
      const whole = await tables(projection);
      await database!.drop();
      database = await migratedDatabase();
      await fold(projection, records, 1);
      expect(await tables(projection)).toEqual(whole);
    },
  );
});

describe('two runners on one stream', () => {
  it('one wins each batch, the other changes nothing', async () => {
    const { records } = history();
    const checkpoint = await checkpointOf(chatsProjection, 'CHAT_0');
    const outcomes = await Promise.allSettled([
      foldBatch(database!.db, chatsProjection, checkpoint, records),
      foldBatch(database!.db, chatsProjection, checkpoint, records.slice(0, 4)),
    ]);
    const lost = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(lost.map(({ reason }) => reason)).toEqual([expect.any(CheckpointLost)]);
    const won = await tables(chatsProjection);
    await expect(foldBatch(database!.db, chatsProjection, checkpoint, records)).rejects.toThrow(
      CheckpointLost,
    );
    expect(await tables(chatsProjection)).toEqual(won);
  });

  // Seen failing with the checkpoint advanced in a transaction of its own before the rows.
  it('what fails in the middle leaves neither rows nor checkpoint', async () => {
    const { one, records } = history();
    const stranger = one.remove(ann, randomUUID(), 1);
    await expect(fold(chatsProjection, [...records, stranger])).rejects.toThrow('never its member');
    expect(Object.values(await tables(chatsProjection)).flat()).toEqual([]);
    const { sequence } = await checkpointOf(chatsProjection, 'CHAT_0');
    expect(sequence).toBe(0);
  });
});

describe('a deleted message', () => {
  // Seen failing with `deleteAbout` left out.
  it('is gone from every table, its number stays', async () => {
    const { records } = history();
    await fold(chatsProjection, records, 4);
    const all = Object.values(await tables(chatsProjection)).flat();
    expect(all.filter((row) => row.includes('secret'))).toEqual([]);
    expect(all.some((row) => row.includes('to be kept'))).toBe(true);
    const message = await database!.db
      .selectFrom('chats_v1.messages')
      .selectAll()
      .where('deleted_at_ms', 'is not', null)
      .executeTakeFirstOrThrow();
    expect(message).toMatchObject({ seq: 2, content: null, salt: null, commitment: null, reactions: [] });
  });

  it('a table filled after its decisions were erased is the same, row for row', async () => {
    const { records } = history();
    await fold(chatsProjection, records);
    const live = await tables(chatsProjection);
    await database!.drop();
    database = await migratedDatabase();
    const words = (record: ProjectedRecord) => JSON.stringify(record).includes('secret');
    expect(records.filter(words)).toHaveLength(2);
    await fold(
      chatsProjection,
      records.filter((record) => !words(record)),
    );
    expect(await tables(chatsProjection)).toEqual(live);
  });
});

describe('events of older versions', () => {
  // Seen failing with today's event in the log, and with the log read as it stands there.
  it('are kept as they are stored, and read as of today', async () => {
    const { one, other, records } = history();
    await fold(chatsProjection, records);
    const db = database!.db;
    const chat = db.selectFrom('chats_v1.chats').select('description').where('chat_id', '=', other.chatId);
    expect(await chat.executeTakeFirst()).toEqual({ description: 'from before' });
    const logged = db.selectFrom('chats_v1.chat_log').select('event').where('chat_pts', '=', 1);
    const kept = (await logged.orderBy('source_sequence').execute()).map(({ event }) => event);
    expect(kept).toMatchObject([{ version: 2 }, { version: 1, data: { description: 'from before' } }]);
    const built = db.withSchema('chats_v1') as unknown as Parameters<typeof eventsBetween>[0];
    const read = (chat_id: string) => eventsBetween(built, chat_id, 0, 1);
    const [young, old] = [await read(one.chatId), await read(other.chatId)];
    expect([young[0]!.event, old[0]!.event]).toMatchObject([
      { version: 2 },
      { version: 2, data: { chat: { description: 'from before' } } },
    ]);
  });
});

describe('users’ logs', () => {
  it('an entry that does not follow the head is damage', async () => {
    const log = new LogHistory('USER_0', counter());
    log.append('device.added', { stream: 'ACCOUNT_0', sequence: 1 });
    log.append('device.added', { stream: 'ACCOUNT_0', sequence: 2 });
    await expect(fold(userLogProjection, log.records.slice(1))).rejects.toThrow('is not the next');
  });
});
