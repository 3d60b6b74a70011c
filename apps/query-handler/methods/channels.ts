/** `channels.getDifference`, and which channels the caller is in, as the edge asks it. */
import { channelUpdate, isSeenBy, unseenUpdate } from '#domain/user-log/channel-update.js';
import { hiddenView } from '#domain/user-log/message-view.js';
import type { ChannelNotification, MessageView } from '#domain/user-log/update.js';
import { seqOf } from '#domain/chat/message-facts.js';
import { eventsBetween, type NumberedEvent } from '#projections/chats/channel-log-query.js';
import { channelsAmong } from '#projections/chats/query.js';
import type { ChatsSchema, MemberRow } from '#projections/chats/rows.js';
import { userChatIds } from '#projections/user-log/chats-query.js';
import { userHeadIn } from '#projections/user-log/position-query.js';
import type { UserLogSchema } from '#projections/user-log/rows.js';
import { LogChannelsParams, type LogChannelsResult } from '#protocol/internal-requests.js';
import { channels_followed_max, difference_updates_default } from '#protocol/limits.js';
import { ChannelsGetDifferenceParams, type ChannelsGetDifferenceResult } from '#protocol/methods/channels.js';
import { Refusal } from '#protocol/refusal.js';
import { defineChatQuery } from '../chat-query.js';
import { isHiddenFrom } from '../hidden.js';
import { defineQuery } from '../query.js';
import { shownPositions } from '../shown-positions.js';
import { assertSourcesCovered } from '../sources-covered.js';
import { withinBytes } from '../within-bytes.js';

export const channelsGetDifference = defineChatQuery<
  ChannelsGetDifferenceParams,
  ChannelsGetDifferenceResult
>({
  method: 'channels.getDifference',
  params: ChannelsGetDifferenceParams,
  reads: ['chats', 'accounts'],
  read: async (context, { chat_id, chat_pts: after, limit = difference_updates_default }) => {
    const { chat, member } = context;
    const { chat_pts: head } = chat;
    if (after > head) throw new Refusal('PTS_FROM_FUTURE', { details: { chat_pts: head } });
    const tables = context.snapshot.tables<ChatsSchema>('chats');
    const events = await eventsBetween(tables, chat_id, after, Math.min(head, after + limit));
    const shown = events.map((numbered) => shownTo(member, numbered, context.nowMs));
    const messages = shown.flatMap(({ update }) => ('message' in update ? [update.message] : []));
    const isHidden = await isHiddenFrom(context, messages);
    const updates = withinBytes(shown.map(hiddenBy(isHidden)));
    const chat_pts = after + updates.length;
    const type = updates.length === 0 ? 'empty' : chat_pts < head ? 'slice' : 'difference';
    return { result: { type, updates, chat_pts }, seen: shownPositions(context, { chatIds: [chat_id] }) };
  },
});

function shownTo(
  member: MemberRow,
  { chat_pts, event, date_ms, tombstone }: NumberedEvent,
  nowMs: number,
): ChannelNotification {
  const { chat_id } = member;
  const seq = event === null ? tombstone?.data.message.seq : seqOf(event);
  const isGone = event === null && tombstone === undefined;
  const isShown = !isGone && isSeenBy(member, { seq, date_ms });
  const update = isShown
    ? channelUpdate(chat_id, chat_pts, event, nowMs, tombstone)
    : unseenUpdate(chat_id, chat_pts);
  return { chat_id, chat_pts, chat_pts_count: 1, update };
}

const hiddenBy = (isHidden: (place: MessageView) => boolean) => (shown: ChannelNotification) => {
  const { update } = shown;
  if (!('message' in update) || !isHidden(update.message)) return shown;
  return { ...shown, update: { ...update, message: hiddenView(update.message) } };
};

/** Of the user's chats as their log tells them up to `pts`. */
export const logChannels = defineQuery<LogChannelsParams, LogChannelsResult>({
  method: 'log.channels',
  params: LogChannelsParams,
  reads: ['user_log', 'chats'],
  read: async (context, _params) => {
    const tables = context.snapshot.tables<UserLogSchema>('user_log');
    const { user_id } = context.identity;
    const head = await userHeadIn(tables, user_id);
    if (!head) return { result: { pts: 0, chat_ids: [] } };
    assertSourcesCovered(context, head, ['chats']);
    const ids = await userChatIds(tables, user_id);
    const channels = await channelsAmong(
      context.snapshot.tables<ChatsSchema>('chats'),
      ids,
      channels_followed_max,
    );
    return { result: { pts: head.pts, chat_ids: channels } };
  },
});
