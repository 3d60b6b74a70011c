/**
 * Verify against the real projector, over real streams and tables. The bugs that it must find, written down before it
 * was tried on any of them; each is put into the projector, and verify has to name the rows:
 *
 * 1. `member_count` of a chat is not lowered when somebody is removed.
 * 2. An edit leaves the message at the version that it had before.
 * 3. A deletion leaves the reactions to the message, and its words in the log.
 * 4. A read mark of others goes one message less far than it says.
 * 5. An idempotency key that comes again leads to the later decision.
 * 6. A whole batch is left out, and the checkpoint moves all the same.
 *
 * Verify itself was broken too. Seen failing with a drift detector that picks from the tables or the streams alone, and with one
 * whose counter of differences is not raised.
 */
import { randomUUID } from 'node:crypto';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { sql, type Kysely } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { createBuild } from '#db/builds.js';
import type { DB } from '#db/tables.js';
import type { ChatEvent } from '#domain/chat/events.js';
import type * as ApplyEntry from '#domain/user-log/apply-entry.js';
import type { UserLogEntry } from '#domain/user-log/entry.js';
import type * as MessageRows from '#projections/chats/message-rows.js';
import { chatsProjection } from '#projections/chats/projection.js';
import type * as ChatsRows from '#projections/chats/rows.js';
import type { Projection } from '#projections/define-projection.js';
import { requestIdsProjection } from '#projections/request-ids/projection.js';
import { newestProjections as projections } from '#projections/registry.js';
import { applyTopology } from '#streams/apply-topology.js';
import { connectNats } from '#streams/connection.js';
import { publishOne } from '#streams/publish-one.js';
import { chatSubject, streamOf } from '#streams/subjects.js';
import { newEntry } from '#streams/user-stream-message.js';
import { migratedDatabase, type MigratedDatabase } from '../support/migrated-database.js';
import { startDriftDetector } from '../../apps/admin/verify/drift-detector.js';
import { seededRandom } from '../support/random.js';
import { scrapedHere } from '../support/scraped.js';
import { startNats, type TestNats } from '../support/servers.js';
import { VerifiedHistory } from '../support/verified-history.js';
import { Runner } from '../../apps/projector/runner.js';
import { startProjector } from '../../apps/projector/start-projector.js';
import { Turns } from '../../apps/projector/turns.js';
import type { Compared } from '../../apps/admin/verify/compare-table.js';
import { pickAggregate } from '../../apps/admin/verify/drift-sample.js';
import { folds } from '../../apps/admin/verify/folds.js';
import { connect, Scratch } from '../../apps/admin/verify/scratch.js';
import { verifyOperation } from '../../apps/admin/verify/verify-operation.js';
import { verifyTargets, type Verified } from '../../apps/admin/verify/verify-targets.js';

const patient = { timeout: 60_000, interval: 20 };
const random = seededRandom('verify');
let nats: TestNats;
let nc: NatsConnection;
let database: MigratedDatabase;
let history: VerifiedHistory;

beforeAll(async () => {
  nats = await startNats({ fsync: false });
  nc = await connectNats(nats.url);
});
afterAll(async () => {
  await nc.close();
  await nats.stop();
});
beforeEach(async () => {
  database = await migratedDatabase();
  const jsm = await jetstreamManager(nc);
  for await (const { config } of jsm.streams.list()) await jsm.streams.delete(config.name);
  await applyTopology(nc, { streamsPerFamily: 1, replicas: 1 });
  history = new VerifiedHistory(nc, random);
});
afterEach(() => database.drop());

const context = () => ({
  nats: nc,
  databaseUrl: database.url,
  signal: new AbortController().signal,
  progress: () => undefined,
});
const verify = (...chosen: string[]): Promise<Verified> => verifyTargets(context(), { projections: chosen });

async function lastSequence(stream: string): Promise<number> {
  return (await (await jetstreamManager(nc)).streams.info(stream)).state.last_seq;
}

/** Into the first builds, until every stream is folded to its end. */
const fold = (...these: readonly Projection[]): Promise<unknown> =>
  Promise.all(these.map((projection) => foldInto(`${projection.name}_v1`, projection)));

async function foldInto(schema: string, projection: Projection): Promise<void> {
  const turns = new Turns(4);
  const context = { nats: nc, db: database.db, turns: () => turns, state: () => 'live' as const };
  const stream = `${projection.family}_0`;
  const runner = new Runner(context, { schema, projection }, stream, () => undefined);
  const last = await lastSequence(stream);
  await expect.poll(() => runner.state, patient).toMatchObject({ status: 'running', sequence: last });
  await runner.stop();
}

async function everything(): Promise<void> {
  await history.storePeople();
  await history.goOn();
  await history.storePosition();
  await history.goOn();
  await history.storeChannel();
}

const equal = { damage: { count: 0, first: [] } };
function expectEqual(verified: Verified): void {
  expect(verified).toMatchObject(equal);
  expect(verified.tables.flatMap(({ first }) => first)).toEqual([]);
  expect(verifyOperation.exitCode!(verified)).toBe(0);
}
const of = ({ tables }: Verified, name: string) => tables.find(({ table }) => table.endsWith(`.${name}`))!;
const leftSchemas = async () =>
  (await sql`select nspname from pg_namespace where nspname like 'verify%'`.execute(database.db)).rows;

it('the real projector: every table is equal, also after erasing what deletions cover', async () => {
  await everything();
  await fold(...projections);
  const verified = await verify();
  expectEqual(verified);
  expect(verified.tables.map(({ rows }) => rows > 0)).not.toContain(false);
  await eraseDeleted();
  expectEqual(await verify());
  expect(await leftSchemas()).toEqual([]);
});

/** As an erasure sweep does. */
async function eraseDeleted(): Promise<void> {
  const jsm = await jetstreamManager(nc);
  for (const sequence of wordsOfDeleted(history.lively.chat.records))
    await jsm.streams.deleteMessage('CHAT_0', sequence);
}

type Stored = { readonly sequence: number; readonly events: readonly ChatEvent[] };

/** The sequences of what held the words of messages that are deleted. */
function wordsOfDeleted(records: readonly Stored[]): readonly number[] {
  const events = records.flatMap((record) => record.events);
  const deleted = events.flatMap((event) => (event.type === 'Tombstoned' ? [event.data.message.seq] : []));
  const holdsWords = (event: ChatEvent) =>
    (event.type === 'MessageSent' || event.type === 'MessageEdited') &&
    deleted.includes(event.data.message.seq);
  return records.filter((record) => record.events.some(holdsWords)).map(({ sequence }) => sequence);
}

type Records = Parameters<Projection['fold']>[2];
type After = (tx: Kysely<DB>, schema: string, records: Records) => Promise<unknown>;

/** The projector with something done wrong after each batch, in its transaction. */
const wrongAfter = (projection: Projection, wrong: After): Projection => ({
  ...projection,
  fold: async (tx, schema, records) => {
    await projection.fold(tx, schema, records);
    await wrong(tx, schema, records);
  },
});

/** The projection of a module, made anew of code of which a part is another. */
async function changed<Module extends object>(
  part: string,
  change: (original: Module) => Partial<Module>,
  load: () => Promise<Projection>,
): Promise<Projection> {
  vi.resetModules();
  vi.doMock(part, async (original) => {
    const module = await (original as () => Promise<Module>)();
    return { ...module, ...change(module) };
  });
  const projection = await load();
  vi.doUnmock(part);
  return projection;
}
const chatsAnew = async () => (await import('#projections/chats/projection.js')).chatsProjection;
const userLogAnew = async () => (await import('#projections/user-log/projection.js')).userLogProjection;

async function verifyBuildOf(projection: Projection): Promise<Verified> {
  const { name, version } = projection;
  const schema = await createBuild(database.db, { projection: name, version });
  await foldInto(schema, projection);
  const verified = await verifyTargets(context(), { projections: [name], build: schema });
  expect(verifyOperation.exitCode!(verified)).toBe(1);
  return verified;
}
const columnsOf = ({ first }: Compared) => [...new Set(first.flatMap(({ columns }) => Object.keys(columns)))];
const changedTables = ({ tables }: Verified) =>
  tables
    .filter((one) => one.missing + one.surplus + one.differing > 0)
    .map(({ table }) => table.split('.')[1]);

it('finds each of six bugs in the projector, and names the rows and the events', async () => {
  const { chat } = history.lively;
  await history.goOn();
  const [owner, other] = history.lively.people;
  const key = randomUUID();
  chat.send(owner, 'first', key);
  const repeat = chat.send(owner, 'again', key);
  chat.react(other, chat.lastSeq, 'x');
  const deleted = chat.lastSeq;
  chat.tombstone(owner, deleted);
  chat.send(owner, 'to be edited');
  const edit = chat.edit(owner, chat.lastSeq, 'edited');
  const removal = chat.remove(owner, other, 1);
  await history.store();
  const key_of = { chat_id: history.chatId };

  const counted = await verifyBuildOf(
    wrongAfter(chatsProjection, async (tx, schema, records) => {
      if (records.some(({ sequence }) => sequence === removal.sequence))
        await tx
          .withSchema(schema)
          .updateTable('chats' as never)
          .set({ member_count: 2 } as never)
          .execute();
    }),
  );
  expect(changedTables(counted)).toEqual(['chats']);
  const place = { stream: 'CHAT_0', sequence: removal.sequence, index: 0, type: 'MemberRemoved' };
  const { first } = of(counted, 'chats');
  expect(first).toMatchObject([
    { is: 'differing', key: key_of, columns: { member_count: { is: 2, must: 1 } } },
  ]);
  expect(first[0]!.events[0]).toEqual(place);

  const edited = await verifyBuildOf(
    await changed<typeof MessageRows>(
      '#projections/chats/message-rows.js',
      ({ editedRow }) => ({
        editedRow: (chatId, before, event) => ({
          ...editedRow(chatId, before, event),
          chat_pts: before?.chat_pts ?? 0,
        }),
      }),
      chatsAnew,
    ),
  );
  expect(changedTables(edited)).toEqual(['messages']);
  expect(columnsOf(of(edited, 'messages'))).toEqual(['chat_pts']);
  const editedSeqs = lastlyEdited(chat.records);
  expect(of(edited, 'messages').differing).toBe(editedSeqs.length);
  expect(of(edited, 'messages').first.map(({ key: { seq } }) => seq)).toEqual(editedSeqs.slice(0, 10));
  expect(editedSeqs).toContain(edit.events[0]!.type === 'MessageEdited' && edit.events[0]!.data.message.seq);

  const kept = await verifyBuildOf(
    await changed<typeof ChatsRows>(
      '#projections/chats/rows.js',
      ({ saveChatsRows }) => ({
        saveChatsRows: (tx, rows) => saveChatsRows(tx, { ...rows, deleted: [] }),
      }),
      chatsAnew,
    ),
  );
  expect(changedTables(kept)).toEqual(['message_reactions', 'chat_log']);
  expect(of(kept, 'chat_log').surplus).toBe(wordsOfDeleted(chat.records).length);
  expect(of(kept, 'message_reactions').surplus).toBeGreaterThan(0);
  const leftReaction = of(kept, 'message_reactions').first.at(-1)!;
  expect(leftReaction).toMatchObject({ is: 'surplus', key: { ...key_of } });
  expect(leftReaction.events[0]!.type).toBe('Tombstoned');

  const marked = await verifyBuildOf(
    await changed<typeof ApplyEntry>(
      '#domain/user-log/apply-entry.js',
      ({ applyEntry }) => ({
        applyEntry: (before, entry) => {
          const after = applyEntry(before, entry);
          if (after === null || entry.kind !== 'read.outbox') return after;
          return { ...after, read_outbox_seq: after.read_outbox_seq - 1 };
        },
      }),
      userLogAnew,
    ),
  );
  expect(changedTables(marked)).toEqual(['user_chats']);
  expect(columnsOf(of(marked, 'user_chats'))).toEqual(['read_outbox_seq']);

  const repeated = await verifyBuildOf(
    wrongAfter(requestIdsProjection, async (tx, schema, records) => {
      for (const { sequence, decision } of records)
        if (decision?.request)
          await sql`update ${sql.table(`${schema}.request_ids`)} set sequence = ${sequence}
            where request_id = ${decision.request.id}`.execute(tx);
    }),
  );
  expect(of(repeated, 'request_ids')).toMatchObject({
    missing: 0,
    surplus: 0,
    differing: 1,
    first: [
      {
        key: { user_id: owner, aggregate_id: history.chatId, request_id: key },
        columns: { sequence: { is: repeat.sequence, must: repeat.sequence - 1 } },
      },
    ],
  });

  const schema = await createBuild(database.db, { projection: 'chats', version: 1 });
  await foldInto(schema, chatsProjection);
  const skipped = chat.send(owner, 'nobody folds this');
  await history.store();
  await foldInto(schema, { ...chatsProjection, fold: async () => undefined });
  const left = await verifyTargets(context(), { projections: ['chats'], build: schema });
  expect(changedTables(left)).toEqual(['chats', 'messages', 'chat_log']);
  const missing = { is: 'missing', key: { ...key_of, chat_pts: chat.chatPts } };
  const from = { stream: 'CHAT_0', sequence: skipped.sequence, index: 0, type: 'MessageSent' };
  expect(of(left, 'chat_log').first).toMatchObject([{ ...missing, events: [from] }]);
});

function lastlyEdited(records: readonly { readonly events: readonly ChatEvent[] }[]): readonly number[] {
  const last = new Map<number, string>();
  for (const event of records.flatMap(({ events }) => events)) {
    if (event.type === 'ReactionSet') last.set(event.data.seq, event.type);
    else if ('message' in event.data) last.set(event.data.message.seq, event.type);
  }
  return [...last]
    .flatMap(([seq, type]) => (type === 'MessageEdited' ? [seq] : []))
    .toSorted((a, b) => a - b);
}

it('finds each column that was changed, also where it is the only one, and rows that were taken away or are too many', async () => {
  await everything();
  await fold(...projections);
  const touched: (readonly [string, readonly string[], number])[] = [];
  for (const { projection, tables } of folds) {
    for (const { table, columns, key } of tables) {
      const name = sql.table(`${projection}_v1.${table}`);
      const { rows } = await sql<Record<string, unknown>>`select * from ${name} order by random()`.execute(
        database.db,
      );
      const isRow = (row: Record<string, unknown>) =>
        sql.join(
          key.map((one) => sql`${sql.id(one.name)} = ${row[one.name]}`),
          sql` and `,
        );
      const changes = columns.map(
        (column) => sql`${sql.id(column.name)} = ${sql.raw(otherValue(table, column.name))}`,
      );
      if (columns.length > 0)
        await sql`update ${name} set ${sql.join(changes)} where ${isRow(rows[0]!)}`.execute(database.db);
      if (rows.length > 1) await sql`delete from ${name} where ${isRow(rows[1]!)}`.execute(database.db);
      touched.push([table, columns.map((column) => column.name), rows.length > 1 ? 1 : 0]);
    }
  }
  const stranger = randomUUID();
  await sql`insert into request_ids_v1.request_ids select ${stranger}::uuid, aggregate_id, request_id, request_hash, stream,
    sequence, decision_id from request_ids_v1.request_ids limit 1`.execute(database.db);
  const verified = await verifyTargets(context(), { projections: [] }, foldsAndEachColumn);
  expect(verified.damage.count).toBe(0);
  for (const [table, columns, missing] of touched) {
    const [whole, ...alone] = verified.tables.filter((one) => one.table.endsWith(`.${table}`));
    const differing = columns.length > 0 ? 1 : 0;
    expect([table, whole!.differing, whole!.missing]).toEqual([table, differing, missing]);
    expect(columnsOf(whole!).toSorted()).toEqual(columns.toSorted());
    expect(alone.map((one) => [one.differing, columnsOf(one)])).toEqual(columns.map((one) => [1, [one]]));
  }
  expect(of(verified, 'request_ids')).toMatchObject({ surplus: 1 });
  expect(JSON.stringify(verified)).not.toMatch(/text \d|changed \d|Ann/);
});

/** Every table as it is compared, and once more by each of its columns alone. */
const foldsAndEachColumn = folds.map((one) => ({
  ...one,
  tables: one.tables.flatMap((table) => [
    table,
    ...table.columns.map((column) => ({ ...table, columns: [column] })),
  ]),
}));

/** Of the column's type, and not what stands there. */
function otherValue(table: string, column: string): string {
  const quoted = `"${column}"`;
  if (['content', 'event', 'values', 'reactions'].includes(column)) return `'{"other": 1}'`;
  if (['archived', 'pinned'].includes(column)) return `not ${quoted}`;
  if (column === 'words') return "'other:1'";
  if (column === 'sources') return `'{"OTHER_0": 1}'`;
  if (
    column.startsWith('sender_') ||
    /^call(er|ee)?_/.test(column) ||
    ['client_msg_id', 'deleted_by', 'banned_by', 'decision_id'].includes(column)
  )
    return 'gen_random_uuid()';
  if (column === 'chat_id' && table === 'user_log') return 'gen_random_uuid()';
  const texts = [
    'kind',
    'title',
    'description',
    'photo_media_id',
    'state',
    'send_by',
    'add_members_by',
    'change_info_by',
    'history',
    'role',
    'salt',
    'commitment',
    'emoji',
    'type',
    'hash',
  ];
  const names = [
    'source_stream',
    'stream',
    'request_hash',
    'display_name',
    'about',
    'last_seen',
    'nickname',
    'phone_hash',
    'name',
    'revoked_reason',
    'cause',
    'network_hash',
  ];
  return [...texts, ...names].includes(column)
    ? `coalesce(${quoted}, '') || 'x'`
    : `coalesce(${quoted}, 0) + 1`;
}

it('is exact while people write and projectors come, go and lose their connections', async () => {
  await history.storePeople();
  const start = () => startProjector({ natsUrl: nats.url, databaseUrl: database.url, streamsPerFamily: 1 });
  let projector = await start();
  let isWriting = true;
  const writing = (async () => {
    for (let i = 0; i < 400 && isWriting; i++) await history.goOn(3);
  })();
  let rows = 0;
  for (let round = 0; round < 4; round++) {
    const verified = await verify();
    expectEqual(verified);
    rows = verified.tables.reduce((sum, table) => sum + table.rows, 0);
    // As hard as a kill, for the tables: whatever was being written is gone with its connection.
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'projector' and datname = current_database()`.execute(database.db);
    if (round % 2 === 0) await projector.stop();
    if (round % 2 === 0) projector = await start();
  }
  isWriting = false;
  await writing;
  await projector.stop();
  expect(rows).toBeGreaterThan(0);
});

it('tells of damage in the streams: what cannot be read, what is missing, numbers and hashes that do not follow', async () => {
  await everything();
  const { chat, logs } = history.lively;
  const intact = chat.send(history.owner, 'goes missing');
  chat.send(history.owner, 'stays');
  // It accounts for numbers from its own message on, and for none before.
  chat.tombstone(history.owner, chat.lastSeq);
  await history.store();
  await fold(...projections);
  await sql`update odnix.checkpoints set sequence = sequence + 5 where schema = 'accounts_v1'`.execute(
    database.db,
  );
  const jsm = await jetstreamManager(nc);
  await jsm.streams.deleteMessage('CHAT_0', intact.sequence);
  await jsm.streams.deleteMessage('RECEIPT_0', 2);
  const ofNextRelease = { type: 'MessageSent', version: 2, chat_pts: chat.chatPts + 1, data: {} };
  const meta = { occurred_at_ms: 1, actor: { user_id: null } };
  for (const text of ['secret', JSON.stringify({ format: 1, meta, events: [ofNextRelease] })])
    await publishOne(nc, { subject: chatSubject(history.chatId), data: new TextEncoder().encode(text) });
  const entry = logs.records.findLast(({ aggregate_id }) => aggregate_id === history.owner)!;
  const { entry: last } = entry.events[0] as { entry: UserLogEntry };
  for (const forged of [
    { ...last, pts: last.pts + 1 },
    { ...last, pts: last.pts + 3 },
  ])
    await publishOne(nc, newEntry(history.owner, forged));
  const verified = await verify();
  const { damage } = verified;
  expect(verifyOperation.exitCode!({ ...verified, tables: [] })).toBe(1);
  const told = damage.first.map(({ stream, what }) => `${stream} ${what}`).join('\n');
  expect(told).toContain('CHAT_0 cannot be read: not what its subject holds');
  expect(told).toContain('CHAT_0 cannot be read: an event of a type or version');
  expect(told).toContain('ACCOUNT_0 ends here, before');
  expect(told).not.toContain('secret');
  expect(told).toContain(`event ${intact.events[0]!.chat_pts} is missing before this`);
  expect(told).toContain(`message ${chat.lastSeq - 1} is missing before this`);
  expect(told).toMatch(/CHAT_0 1 of \d+ missing messages? /);
  expect(told).toContain('RECEIPT_0 1 of 1 missing');
  expect(told).toContain(`the hash of entry ${last.pts + 1} does not follow`);
  expect(told).toContain(`entry ${last.pts + 3} follows ${last.pts + 1}`);
});

it('leaves nothing behind when it is stopped, and takes away what a killed run left', async () => {
  await everything();
  await sql`create schema verify_0123456789ab`.execute(database.db);
  const stopping = new AbortController();
  const progress = () => stopping.abort();
  const stopped = verifyTargets({ ...context(), signal: stopping.signal, progress }, { projections: [] });
  await expect(stopped).rejects.toThrow();
  expect(await leftSchemas()).toEqual([]);
});

it('leaves the schemas of runs that live', async () => {
  const [one, other] = [await Scratch.open(database.url), await Scratch.open(database.url)];
  expect(await leftSchemas()).toHaveLength(2);
  await Promise.all([one.drop(), other.drop()]);
  expect(await leftSchemas()).toEqual([]);
});

it('drift samples are picked from the tables, each of their rows, and from every stream', async () => {
  const jsm = await jetstreamManager(nc);
  for await (const { config } of jsm.streams.list()) await jsm.streams.delete(config.name);
  await applyTopology(nc, { streamsPerFamily: 2, replicas: 1 });
  const inTables = ['1', '8', 'f'].map((digit) => digit + randomUUID().slice(1));
  for (const user of inTables)
    await sql`insert into user_log_v1.user_heads (user_id, pts, hash, sequence, date_ms, sources)
      values (${user}, 1, 'x', 1, 1, '{}')`.execute(database.db);
  const inStreams = ['CHAT_0', 'CHAT_1'].map((stream) => {
    for (;;) {
      const id = randomUUID();
      if (streamOf('CHAT', id, 2) === stream) return id;
    }
  });
  for (const id of inStreams) await publishOne(nc, { subject: chatSubject(id), data: new Uint8Array() });
  const client = await connect(database.url);
  const sampling = { nats: nc, client, streamsPerFamily: 2, signal: new AbortController().signal };
  const picked = new Set<string>();
  const pick = async (): Promise<readonly string[]> => {
    for (const kind of ['chat', 'user'] as const) {
      const aggregate = await pickAggregate(sampling, kind);
      if (aggregate) picked.add(aggregate.id);
    }
    return [...picked].toSorted();
  };
  const all = [...inTables, ...inStreams].toSorted();
  await expect.poll(pick, { ...patient, interval: 0 }).toEqual(all);
  await client.end();
});

it('the drift detector finds what is wrong, missing and damaged, by itself, and goes on after a server was away', async () => {
  await everything();
  const lost = history.lively.chat.send(history.owner, 'goes missing');
  history.lively.chat.send(history.owner, 'stays');
  await history.store();
  await fold(...projections);
  await (await jetstreamManager(nc)).streams.deleteMessage('CHAT_0', lost.sequence);
  await sql`update chats_v1.messages set date_ms = date_ms + 1 where seq = 1`.execute(database.db);
  await sql`delete from user_log_v1.user_chats where user_id = ${history.owner}`.execute(database.db);
  await sql`delete from accounts_v1.accounts`.execute(database.db);
  const lines: string[] = [];
  const warn = (line: string) => void lines.push(line);
  const options = {
    nats: nc,
    databaseUrl: database.url,
    streamsPerFamily: 1,
    restFactor: 0,
    retryMs: 10,
    warn,
  };
  const tooLarge = startDriftDetector({ ...options, messagesMax: 1 });
  await expect.poll(() => tooLarge.counts.skipped, patient).toBeGreaterThan(1);
  await tooLarge.stop();
  expect([tooLarge.counts.samples, lines]).toEqual([0, []]);
  const detector = startDriftDetector(options);
  try {
    const hasTold = (part: string) => lines.some((line) => line.includes(part));
    await expect.poll(() => detector.counts.samples, patient).toBeGreaterThan(0);
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'odnix-verify' and datname = current_database()`.execute(database.db);
    await expect.poll(() => hasTold('interrupted'), patient).toBe(true);
    lines.length = 0;
    await expect
      .poll(() => hasTold(`chats_v1.messages chat_id=${history.chatId} seq=1 is differing`), patient)
      .toBe(true);
    await expect.poll(() => hasTold(`user_chats user_id=${history.owner}`), patient).toBe(true);
    await expect
      .poll(() => hasTold(`accounts_v1.accounts user_id=${history.owner} is missing`), patient)
      .toBe(true);
    const event = lost.events[0]!.chat_pts;
    await expect.poll(() => hasTold(`event ${event} is missing before this`), patient).toBe(true);
    expect(lines.filter((line) => line.includes('interrupted'))).toEqual([]);
    expect(detector.counts.differences).toBeGreaterThanOrEqual(4);
  } finally {
    await detector.stop();
  }
  const { samples, differences } = detector.counts;
  const scraped = await scrapedHere();
  expect(scraped.sum('odnix.drift.samples')).toBe(samples);
  expect(scraped.sum('odnix.drift.differences')).toBe(differences);
});
