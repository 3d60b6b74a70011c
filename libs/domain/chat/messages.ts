import { maySee, refusalOfMessage } from '../authority/authority.js';
import { assert } from '../kernel/assert.js';
import { accept, reject, repeat } from '../kernel/decider.js';
import type { NewEvent } from '../kernel/new-event.js';
import type { DeleteMessages, EditMessage, ReadChat, SaltedBody, SendMessage } from './commands.js';
import { mentionedIn } from './entities.js';
import type { ChatEvent, Member, MessageIdentity, Tombstoned } from './events.js';
import { isBlocked } from './blocked.js';
import { isDue } from './due.js';
import { asJudged, expired } from './expiry.js';
import { delete_seqs_max } from './limits.js';
import type { MessageFacts } from './message-facts.js';
import type { ActiveChat } from './state.js';
import { chatDate, type ChatVerdict } from './verdict.js';

export function sendMessage(chat: ActiveChat, me: Member, command: SendMessage): ChatVerdict {
  if (isBlocked(chat)) return reject('BLOCKED');
  const replyTo = command.reply_to_seq;
  if (replyTo !== undefined && (replyTo > chat.last_seq || !maySee(me, replyTo))) {
    return reject('NOT_FOUND', { reply_to_seq: replyTo });
  }
  const refusal = refusalOfMentions(chat, command.body);
  if (refusal !== null) return refusal;
  const message = identityOf(chat, command);
  const silent = command.silent === true ? { silent: true as const } : {};
  return accept([{ type: 'MessageSent', data: { message, body: command.body, ...silent } }], {
    kind: 'sent',
    seq: message.seq,
    date_ms: message.date_ms,
  });
}

/** A mention tells somebody: who cannot be told is not mentioned. Who leaves later stays what was said. */
function refusalOfMentions(chat: ActiveChat, { content }: SaltedBody): ChatVerdict | null {
  if (content.type === 'encrypted') return null;
  const user_ids = mentionedIn(content).filter((userId) => !chat.members.has(userId));
  return user_ids.length === 0 ? null : reject('MENTIONED_NOT_MEMBER', { user_ids });
}

function identityOf(chat: ActiveChat, command: SendMessage): MessageIdentity {
  const date_ms = chatDate(chat, command.at_ms);
  return {
    seq: chat.last_seq + 1,
    client_msg_id: command.client_msg_id,
    sender_id: command.actor.user_id,
    sender_device_id: command.actor.device_id,
    date_ms,
    ...(command.reply_to_seq === undefined ? {} : { reply_to_seq: command.reply_to_seq }),
    ...(command.expires_in_s === undefined ? {} : { expires_at_ms: date_ms + command.expires_in_s * 1000 }),
  };
}

/** An edit to the same text is an edit: facts hold no text to compare with, and commitments are salted. */
export function editMessage(chat: ActiveChat, me: Member, command: EditMessage): ChatVerdict {
  const { target } = command;
  if (isBlocked(chat)) return reject('BLOCKED');
  const edited_at_ms = chatDate(chat, command.at_ms);
  const judged = asJudged(target, edited_at_ms);
  const refusal = refusalOfMessage('messages.edit', me, command.seq, judged);
  if (refusal !== null) return reject(refusal.code, refusal.details);
  assert(target !== null, 'what is not there is refused');
  const unknown = refusalOfMentions(chat, command.body);
  if (unknown !== null) return unknown;
  const { message, reactions } = target;
  return accept([{ type: 'MessageEdited', data: { message, body: command.body, edited_at_ms, reactions } }], {
    kind: 'edited',
    edited_at_ms,
  });
}

/** All or none: one message that may not be deleted refuses the command. Deleted ones count, without an event. */
export function deleteMessages(chat: ActiveChat, me: Member, command: DeleteMessages): ChatVerdict {
  assert(command.seqs.length === command.targets.length, 'one target for each seq');
  assert(command.seqs.length <= delete_seqs_max, 'the edge refuses more than delete_seqs_max');
  const targets = new Map(command.seqs.map((seq, index) => [seq, command.targets[index] ?? null]));
  const events: NewEvent<ChatEvent>[] = [];
  const dateMs = chatDate(chat, command.at_ms);
  for (const [seq, target] of targets) {
    const refusal = refusalOfMessage('messages.delete', me, seq, asJudged(target, dateMs));
    if (refusal !== null) return reject(refusal.code, refusal.details);
    assert(target !== null, 'what is not there is refused');
    if (target.deleted) continue;
    const isExpired = isDue(target.message, dateMs);
    events.push(isExpired ? expired(target, dateMs) : tombstoned(target, me.user_id, dateMs));
  }
  const answer = { kind: 'deleted' as const, deleted: [...targets.keys()] };
  return events.length === 0 ? repeat(answer) : accept(events, answer);
}

const tombstoned = (
  { message, sent_chat_pts }: MessageFacts,
  deleted_by: string,
  deleted_at_ms: number,
): NewEvent<Tombstoned> => ({
  type: 'Tombstoned',
  data: { message, sent_chat_pts, deleted_by, deleted_at_ms },
});

/** Nothing to append: the receipt is written beside the chat, by whoever was told what may be read. */
export function readChat(chat: ActiveChat, me: Member, command: ReadChat): ChatVerdict {
  const seq = Math.max(Math.min(command.seq, chat.last_seq), me.visible_from_seq - 1);
  return repeat({ kind: 'read' as const, seq, last_seq: chat.last_seq });
}
