/** Query `log.read`: a stretch of the caller's own log with what it refers to, for devices that were away for long. */
import type { ChatEvent } from '#domain/chat/events.js';
import { needsEvent, showsText } from '#domain/user-log/render.js';
import { eventsIn } from '#projections/chats/events-query.js';
import type { ChatsSchema, ChatsTables } from '#projections/chats/rows.js';
import { tombstonesIn, type MessageTombstone } from '#projections/chats/tombstones-query.js';
import { entriesIn, type PlacedEntry } from '#projections/user-log/entries-query.js';
import type { UserLogSchema } from '#projections/user-log/rows.js';
import { LogReadParams, type LogReadItem, type LogReadResult } from '#protocol/internal-requests.js';
import { streamOf } from '#streams/subjects.js';
import type { Kysely } from 'kysely';
import { defineQuery } from '../query.js';

/** An answer is one NATS message of 1 MiB: this much for events, less than the rest for what stands around them. */
const events_bytes_max = 524_288;

export const logRead = defineQuery<LogReadParams, LogReadResult>({
  method: 'log.read',
  params: LogReadParams,
  reads: ['user_log', 'chats'],
  read: async ({ snapshot, identity: { user_id }, streamsPerFamily }, { pts, max, events }) => {
    const log = snapshot.tables<UserLogSchema>('user_log');
    const found = await entriesIn(log, user_id, { fromPts: pts, toPts: pts + max });
    const items = events ? await withEvents(snapshot.tables<ChatsSchema>('chats'), pts, found) : found;
    const covered_to = snapshot.coveredTo('user_log', streamOf('USER', user_id, streamsPerFamily));
    return { result: { items, cut: items.length < found.length, covered_to } };
  },
});

/** As many of the first as fit. The entry at `pts` is there to be compared: its event is not asked for. */
async function withEvents(
  chats: Kysely<ChatsTables>,
  pts: number,
  entries: readonly PlacedEntry[],
): Promise<LogReadItem[]> {
  const asked = entries.filter(({ entry }) => entry.pts > pts && refersToChat(entry));
  const places = asked.map(({ entry: { chat_id, chat_pts } }) => {
    return { chat_id: chat_id!, chat_pts: chat_pts! };
  });
  const { events, looked } = await eventsIn(chats, places, events_bytes_max);
  const eventOf = new Map(asked.map((one, index) => [one, events[index]]));
  const fitting = looked === asked.length ? entries : entries.slice(0, entries.indexOf(asked[looked]!));
  const gone = fitting.filter((one) => eventOf.get(one) === null && showsText(one.entry.kind));
  const tombstones = await tombstonesOf(chats, gone);
  return fitting.map((one) => withWhatItRefersTo(one, eventOf.get(one), tombstones));
}

const refersToChat = ({ kind, chat_id, chat_pts }: PlacedEntry['entry']): boolean =>
  needsEvent(kind) && chat_id !== undefined && chat_pts !== undefined;

/** A deleted message's events are in no row; its own row tells what is left of it. */
async function tombstonesOf(
  chats: Kysely<ChatsTables>,
  gone: readonly PlacedEntry[],
): Promise<ReadonlyMap<string, MessageTombstone>> {
  if (gone.length === 0) return new Map();
  const byChat = Map.groupBy(gone, ({ entry }) => entry.chat_id!);
  const asked = [...byChat].map(([chat_id, all]) => ({ chat_id, seqs: all.map(({ entry }) => entry.seq!) }));
  const found = await tombstonesIn(chats, asked);
  return new Map(found.map((one) => [`${one.chat_id}:${one.message.seq}`, one]));
}

function withWhatItRefersTo(
  { sequence, entry }: PlacedEntry,
  event: ChatEvent | null | undefined,
  tombstones: ReadonlyMap<string, MessageTombstone>,
): LogReadItem {
  if (event) return { sequence, entry, event };
  const tombstone = event === null ? tombstones.get(`${entry.chat_id}:${entry.seq}`) : undefined;
  if (tombstone === undefined) return { sequence, entry };
  const { chat_pts, message } = tombstone;
  return { sequence, entry, tombstone: { chat_pts, message } };
}
