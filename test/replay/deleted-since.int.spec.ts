/**
 * I9 in a replay: a deleted message's text is in no slice, with the read model and without it. Logs are written by the
 * test itself, in real streams; the read model is filled by hand, so that it is known what each of the two can tell.
 *
 * Seen failing with `log.tombstones` not asked (the former member is shown the text; of what is lost or erased nothing can
 * be said), and with the log not searched when nobody answers, or answers what is not yet folded.
 */
import { v7 as uuidV7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { logStart, type LogPosition } from '#edge/log-position.js';
import { openEdge, type EdgeServices } from '#edge/open-edge.js';
import { deriveSecrets } from '#edge/secrets.js';
import { chatsProjection } from '#projections/chats/projection.js';
import type { AnnouncedUpdate } from '#streams/announcement.js';
import { applyTopology } from '#streams/apply-topology.js';
import { StoreDamaged, StoreUnavailable } from '#streams/event-store.js';
import { nothingSeen } from '#streams/requests.js';
import { ChatHistory, counter, member } from '../support/chat-history.js';
import { LogWriter } from '../support/log-writer.js';
import { startNats, type TestNats } from '../support/servers.js';
import { ServedQueries } from '../support/served-queries.js';

const streamsPerFamily = 1;
const secrets = deriveSecrets(new Uint8Array(32).fill(3));
const nextInChats = counter();

let served: ServedQueries;
let alone: TestNats;
const edges: EdgeServices[] = [];
let user: string;
let writer: LogWriter;
let chat: ChatHistory;

beforeAll(async () => {
  [served, alone] = await Promise.all([ServedQueries.start(), startNats({ fsync: false })]);
});
afterAll(async () => {
  await Promise.all(edges.map((edge) => edge.close()));
  await Promise.all([served?.stop(), alone?.stop()]);
});

/** New caches each time: what was read once must not hide what became of it. */
async function freshEdge(natsUrl: string): Promise<EdgeServices> {
  const edge = await openEdge({ natsUrl, streamsPerFamily, secrets });
  edges.push(edge);
  await applyTopology(edge.nats, { streamsPerFamily, replicas: 1 });
  return edge;
}

async function slices({ catchUp }: EdgeServices, limit: number, seen = nothingSeen) {
  const items: AnnouncedUpdate[] = [];
  for (let position: LogPosition = logStart; ;) {
    const slice = await catchUp.updatesAfter(user, position, limit, seen);
    items.push(...slice.items);
    const last = items.at(-1);
    if (!slice.more || !last) return items.map(({ update }) => update);
    position = { pts: last.pts, sequence: last.sequence, hash: last.hash, dateMs: last.date_ms };
  }
}

async function erase({ nats }: EdgeServices, { source }: AnnouncedUpdate): Promise<void> {
  const body = JSON.stringify({ seq: source.sequence });
  await nats.request(`$JS.API.STREAM.MSG.DELETE.${source.stream}`, body);
}

/** Messages of one chat in the user's log, and the same ones in its history. */
async function written(texts: readonly string[]): Promise<AnnouncedUpdate[]> {
  const items = [];
  for (const text of texts) {
    chat.send(user, text);
    items.push(await writer.message(user, chat.chatId, text, false));
  }
  return items;
}

beforeEach(() => {
  user = uuidV7();
  chat = new ChatHistory('CHAT_0', nextInChats);
  chat.create([member(user)]);
});

describe('with the read model', () => {
  let edge: EdgeServices;
  beforeEach(async () => {
    edge = await freshEdge(served.natsUrl);
    writer = new LogWriter(edge.nats, streamsPerFamily);
  });

  test.each(['still stored', 'erased'])(
    'who left before the deletion is shown the tombstone; text %s',
    async (text) => {
      const [regretted] = await written(['regretted', 'kept']);
      const deletion = chat.tombstone(user, 1);
      await served.fold(chatsProjection, chat.records);
      if (text === 'erased') await erase(edge, regretted!);
      for (const limit of [1, 2]) {
        const updates = await slices(edge, limit, {
          projected: { CHAT_0: deletion.sequence },
          logged: {},
        });
        expect(updates).toMatchObject([
          { type: 'message.new', seq: 1, message: { seq: 1, deleted: true, sender_id: user, reactions: [] } },
          { type: 'message.new', seq: 2, message: { seq: 2, content: { text: 'kept' } } },
        ]);
        expect(JSON.stringify(updates)).not.toContain('regretted');
      }
    },
  );

  test('a lost event is damage when nothing was deleted', async () => {
    const [lost] = await written(['lost', 'kept']);
    await served.fold(chatsProjection, chat.records);
    await erase(edge, lost!);
    await expect(slices(edge, 1)).rejects.toThrow(StoreDamaged);
  });

  test('what the read model does not show yet, the log tells of what is erased', async () => {
    const [regretted] = await written(['regretted', 'kept']);
    await writer.deleted(user, regretted!);
    await erase(edge, regretted!);
    expect((await slices(edge, 1))[0]).toMatchObject({ seq: 1, message: { deleted: true } });
  });

  test('Postgres is down: the log itself tells, up to its head', async () => {
    const [regretted] = await written(['regretted', ...Array.from({ length: 5 }, (_, at) => `kept ${at}`)]);
    await writer.deleted(user, regretted!);
    await served.allowConnections(false);
    try {
      const updates = await slices(edge, 1);
      expect(updates).toHaveLength(7);
      expect(updates[0]).toMatchObject({ type: 'message.new', message: { deleted: true } });
      expect(JSON.stringify(updates)).not.toContain('regretted');
    } finally {
      await served.allowConnections(true);
    }
  });
});

describe('without anybody who answers queries', () => {
  let edge: EdgeServices;
  beforeEach(async () => {
    edge = await freshEdge(alone.url);
    writer = new LogWriter(edge.nats, streamsPerFamily);
  });

  test.each([1, 2, 3, 500])('the log itself tells, up to its head; slices of %i', async (limit) => {
    const [one, , three] = await written(['regretted 1', 'kept', 'regretted 3', 'kept too']);
    await writer.deleted(user, three!);
    await writer.deleted(user, one!);
    await erase(edge, three!);
    const updates = await slices(edge, limit);
    expect(updates.map(({ type }) => type)).toEqual([
      ...Array<string>(4).fill('message.new'),
      ...Array<string>(2).fill('message.deleted'),
    ]);
    expect(updates.slice(0, 4)).toMatchObject([
      { message: { deleted: true } },
      { message: { content: { text: 'kept' } } },
      { message: { deleted: true } },
      { message: { content: { text: 'kept too' } } },
    ]);
  });

  test('an event is gone and the log says nothing of it: not now', async () => {
    const [lost] = await written(['lost', 'kept']);
    await erase(edge, lost!);
    await expect(slices(edge, 1)).rejects.toThrow(StoreUnavailable);
  });
});
