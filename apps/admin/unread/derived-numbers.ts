/** What was made of the streams: the user's log, and the read models that queries answer from. */
import { readSnapshot } from '#db/snapshot.js';
import type { Database } from '#db/database.js';
import type { ChatsSchema } from '#projections/chats/rows.js';
import type { UserLogSchema } from '#projections/user-log/rows.js';
import { DirectGet } from '#streams/direct-get.js';
import { storedMessages } from '#streams/stored-messages.js';
import { streamOf, userSubject } from '#streams/subjects.js';
import { UserLog } from '#streams/user-log.js';
import { decodeEntry } from '#streams/user-stream-message.js';
import { writtenSources } from '#streams/written-sources.js';
import type { AdminContext } from '../operation.js';
import { LogFold } from '../replay/log-fold.js';

export interface OfLog {
  readonly stream: string;
  readonly pts: number;
  /** Null: the log does not have the chat (any more). */
  readonly chat: {
    readonly last_seq: number;
    readonly read_seq: number;
    readonly visible_from_seq: number;
    /** The entries that moved them last. */
    readonly last_at: number;
    readonly read_at: number;
  } | null;
  /** How far the log's writer had read each source before it was looked at. */
  readonly written: ReadonlyMap<string, number>;
}

export interface Asked {
  readonly user_id: string;
  readonly chat_id: string;
}

export async function ofLog(context: AdminContext, { user_id, chat_id }: Asked): Promise<OfLog> {
  const { nats, streamsPerFamily, signal, progress } = context;
  const stream = streamOf('USER', user_id, streamsPerFamily);
  const written = await writtenSources(new UserLog(nats, new DirectGet(nats)), stream);
  const fold = new LogFold();
  const at = { last: 0, read: 0 };
  const range = { stream, subject: userSubject(user_id), fromSequence: 1 };
  const toSequence = Number.MAX_SAFE_INTEGER;
  for await (const page of storedMessages(nats, { ...range, toSequence }, signal)) {
    for (const message of page.messages) {
      const before = fold.chats.get(chat_id);
      fold.take(`${stream}:${message.sequence}`, decodeEntry(message).entry);
      const after = fold.chats.get(chat_id);
      if (before?.last_seq !== after?.last_seq) at.last = message.sequence;
      if (before?.read_seq !== after?.read_seq) at.read = message.sequence;
    }
    const total = fold.pts + page.pendingCount;
    progress({ what: 'reading the log', done: fold.pts, total, unit: 'entries' });
  }
  const chat = fold.chats.get(chat_id);
  if (chat === undefined) return { stream, pts: fold.pts, chat: null, written };
  const { last_seq, read_seq, visible_from_seq } = chat;
  const numbers = { last_seq, read_seq, visible_from_seq, last_at: at.last, read_at: at.read };
  return { stream, pts: fold.pts, chat: numbers, written };
}

export interface OfReadModels {
  /** What a query answers; null: it answers NOT_A_MEMBER. */
  readonly shown: {
    readonly last_seq: number;
    readonly read_seq: number;
    readonly unread_count: number;
  } | null;
  readonly kind: string | null;
  readonly last_seq: number | null;
  readonly visible_from_seq: number | null;
  /** Null: `user_log` knows of no such chat of this user. */
  readonly read_seq: number | null;
  /** How far each has folded the stream that decides. */
  readonly chats_at: number;
  readonly user_log_at: number;
}

export function ofReadModels(
  db: Database,
  { user_id, chat_id }: Asked,
  streamsPerFamily: number,
): Promise<OfReadModels> {
  return readSnapshot(db, ['chats', 'user_log'], async (snapshot) => {
    const chats = snapshot.tables<ChatsSchema>('chats');
    const chat = await chats
      .selectFrom('chats')
      .select(['kind', 'last_seq'])
      .where('chat_id', '=', chat_id)
      .executeTakeFirst();
    const member = await chats
      .selectFrom('members')
      .select('visible_from_seq')
      .where('chat_id', '=', chat_id)
      .where('user_id', '=', user_id)
      .where('removed_chat_pts', 'is', null)
      .executeTakeFirst();
    const own = await snapshot
      .tables<UserLogSchema>('user_log')
      .selectFrom('user_chats')
      .select('read_seq')
      .where('chat_id', '=', chat_id)
      .where('user_id', '=', user_id)
      .executeTakeFirst();
    return {
      shown: shownOf(chat?.last_seq, member?.visible_from_seq, own?.read_seq),
      kind: chat?.kind ?? null,
      last_seq: chat?.last_seq ?? null,
      visible_from_seq: member?.visible_from_seq ?? null,
      read_seq: own?.read_seq ?? null,
      chats_at: snapshot.coveredTo('chats', streamOf('CHAT', chat_id, streamsPerFamily)),
      user_log_at: snapshot.coveredTo('user_log', streamOf('USER', user_id, streamsPerFamily)),
    };
  });
}

/** As queries reckon it: a cursor never passes the last message, nor stands below what the member may see. */
function shownOf(last: number | undefined, visibleFrom: number | undefined, read = 0): OfReadModels['shown'] {
  if (last === undefined || visibleFrom === undefined) return null;
  const read_seq = Math.min(last, Math.max(read, visibleFrom - 1));
  return { last_seq: last, read_seq, unread_count: last - read_seq };
}
