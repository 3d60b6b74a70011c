/**
 * `sync.chats`: what a caller does not have of its chats, chat by chat, without a user log. One chat that cannot be told of
 * (left, or unknown) is told so by itself; the others are answered.
 *
 * The answer is bounded by bytes over all chats, in the order asked: the first of those that have something is given at
 * least one message, so asking again with the marks of the answer always comes further.
 */
import type { Rejection } from '#domain/kernel/rejection.js';
import { hiddenView } from '#domain/user-log/message-view.js';
import type { MessageView } from '#domain/user-log/update.js';
import type { ChatsSchema } from '#projections/chats/rows.js';
import { messagesSince, type MessageSince } from '#projections/chats/since-query.js';
import { applicationError } from '#protocol/errors.js';
import { page_items_default } from '#protocol/limits.js';
import {
  SyncChatsParams,
  type ChatNotTold,
  type ChatSince,
  type SyncChatsResult,
  type WatermarkParams,
} from '#protocol/methods/updates.js';
import { admitAll, type Admission } from '../admit.js';
import { isHiddenFrom } from '../hidden.js';
import { defineQuery, type QueryContext } from '../query.js';
import { shownPositions } from '../shown-positions.js';
import { AnswerRoom } from '../within-bytes.js';

/** Read at once; what the answer has no room for is not read. */
const chats_read_max = 10;

interface Asked extends Admission {
  readonly by: 'seq' | 'chat_pts';
  readonly after: number;
}

export const syncChats = defineQuery<SyncChatsParams, SyncChatsResult>({
  method: 'sync.chats',
  params: SyncChatsParams,
  reads: ['chats', 'accounts'],
  read: async (context, { watermarks, limit = page_items_default }) => {
    const chats: Record<string, ChatSince | ChatNotTold> = {};
    const asked: Asked[] = [];
    for (const [chatId, one] of await tellable(context, watermarks)) {
      if ('error' in one) chats[chatId] = one;
      else if (headOf(one) > one.after) asked.push(one);
      else chats[chatId] = nothingSince(one);
    }
    Object.assign(chats, await toldOf(context, asked, limit));
    const chatIds = Object.keys(chats).filter((chatId) => !('error' in chats[chatId]!));
    return { result: { chats }, seen: shownPositions(context, { chatIds }) };
  },
});

/** By chat, in the order asked: where it stands for its member, or why nothing is told. */
async function tellable(
  context: QueryContext,
  watermarks: SyncChatsParams['watermarks'],
): Promise<[string, Asked | ChatNotTold][]> {
  const admitted = await admitAll(context, 'sync.chats', Object.keys(watermarks));
  return Object.entries(watermarks).map(([chatId, watermark]) => {
    return [chatId, askedOf(admitted.get(chatId)!, watermark)];
  });
}

function askedOf(admitted: Admission | Rejection, { seq, chat_pts }: WatermarkParams): Asked | ChatNotTold {
  if (!('chat' in admitted)) return { error: applicationError(admitted.code, detailsOf(admitted)) };
  const mark =
    seq === undefined
      ? ({ by: 'chat_pts', after: chat_pts! } as const)
      : ({ by: 'seq', after: seq } as const);
  const asked = { ...admitted, ...mark };
  if (mark.after <= headOf(asked)) return asked;
  const { last_seq, chat_pts: head } = admitted.chat;
  return { error: applicationError('PTS_FROM_FUTURE', { details: { last_seq, chat_pts: head } }) };
}

const detailsOf = ({ details }: Rejection) => (details === undefined ? {} : { details });

const headOf = ({ by, chat }: Asked): number => (by === 'seq' ? chat.last_seq : chat.chat_pts);

async function toldOf(
  context: QueryContext,
  asked: readonly Asked[],
  limit: number,
): Promise<Record<string, ChatSince>> {
  const told: Record<string, ChatSince> = {};
  const room = new AnswerRoom();
  for (let from = 0; from < asked.length; from += chats_read_max) {
    const some = asked.slice(from, from + chats_read_max);
    const found = room.isFull ? null : await sinceOf(context, some, limit + 1);
    for (const one of some) {
      const rows = found?.get(one.chat.chat_id) ?? [];
      const taken = room.take(rows.slice(0, limit));
      told[one.chat.chat_id] = chatSince(one, taken, found === null || taken.length < rows.length);
    }
  }
  return told;
}

async function sinceOf(
  context: QueryContext,
  asked: readonly Asked[],
  limit: number,
): Promise<Map<string, MessageSince[]>> {
  const { snapshot, identity, nowMs } = context;
  const tables = snapshot.tables<ChatsSchema>('chats');
  const found = new Map<string, MessageSince[]>();
  for (const by of ['seq', 'chat_pts'] as const) {
    const marks = asked
      .filter((one) => one.by === by)
      .map(({ member, after }) => ({
        chat_id: member.chat_id,
        visible_from_seq: member.visible_from_seq,
        after,
      }));
    for (const [chatId, rows] of await messagesSince(tables, identity.user_id, by, marks, limit, nowMs))
      found.set(chatId, rows);
  }
  const isHidden = await isHiddenFrom(
    context,
    [...found.values()].flat().map(({ message }) => message),
  );
  for (const [chatId, rows] of found) found.set(chatId, rows.map(hiddenBy(isHidden)));
  return found;
}

const hiddenBy = (isHidden: (place: MessageView) => boolean) => (row: MessageSince) =>
  isHidden(row.message) ? { ...row, message: hiddenView(row.message) } : row;

const nothingSince = (asked: Asked): ChatSince => chatSince(asked, [], false);

function chatSince({ by, after, chat }: Asked, told: readonly MessageSince[], more: boolean): ChatSince {
  const reached = told.at(-1)?.message.chat_pts ?? after;
  const bySeq = (isNew: boolean) =>
    told
      .filter((one) => one.isNew === isNew)
      .map(({ message }) => message)
      .toSorted((one, other) => one.seq - other.seq);
  return {
    messages: bySeq(true),
    ...(by === 'chat_pts' ? { changed: bySeq(false) } : {}),
    last_seq: chat.last_seq,
    chat_pts: by === 'chat_pts' && more ? reached : chat.chat_pts,
    more,
  };
}
