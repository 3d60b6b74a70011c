import type { ChatEvent, Member } from '../chat/events.js';
import { seqOf } from '../chat/message-facts.js';
import { maySee } from '../authority/authority.js';
import type { EntryKind } from './entry.js';
import { renderUpdate, type Tombstone } from './render.js';
import type { ChannelUpdate } from './update.js';

/**
 * What an event of a channel's own log is shown as: the same as its copy in a group's members' logs. Bans are told in the logs
 * of owner and admins alone.
 */
export function channelUpdate(
  chatId: string,
  chatPts: number,
  event: ChatEvent | null,
  nowMs: number,
  tombstone?: Tombstone,
): ChannelUpdate {
  if (event?.type === 'MemberBanned' || event?.type === 'MemberUnbanned')
    return unseenUpdate(chatId, chatPts);
  const seq = event === null ? tombstone?.data.message.seq : seqOf(event);
  const about = { chat_id: chatId, chat_pts: chatPts, ...(seq === undefined ? {} : { seq }) };
  const kind = event === null ? 'message.new' : kindOf(event);
  return renderUpdate({ kind, ...about }, event, nowMs, tombstone);
}

function kindOf(event: Exclude<ChatEvent, { type: 'MemberBanned' | 'MemberUnbanned' }>): EntryKind {
  switch (event.type) {
    case 'ChatCreated':
    case 'MembersAdded':
    case 'MemberRemoved':
    case 'RoleChanged':
      return 'chat.members';
    case 'CallChanged':
      return 'call';
    case 'ChatChanged':
    case 'DirectBlocked':
    case 'BecameChannel':
      return 'chat.changed';
    case 'MessageSent':
      return 'message.new';
    case 'MessageEdited':
      return 'message.edited';
    case 'Tombstoned':
      return 'message.deleted';
    case 'ReactionSet':
      return 'message.reaction';
  }
}

/** Keeps the numbering whole for who may not see what happened there, or when nothing is left of it. */
export const unseenUpdate = (chat_id: string, chat_pts: number): ChannelUpdate => ({
  type: 'chat.unseen',
  chat_id,
  chat_pts,
});

/**
 * Whether a member sees what happened: of messages from their visible range on, of the chat itself since they joined. Dates
 * within one chat never go back, so they tell before from after.
 */
export function isSeenBy(
  member: Pick<Member, 'visible_from_seq' | 'joined_at_ms'>,
  { seq, date_ms }: { readonly seq?: number | undefined; readonly date_ms: number },
): boolean {
  return seq === undefined ? date_ms >= member.joined_at_ms : maySee(member, seq);
}
