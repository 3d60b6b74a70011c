/** What a chat command is answered. A repeat is answered from the stored decision alone, as the first was. */
import { assert } from '#domain/kernel/assert.js';
import { callView, type Call, type ChatAnswer, type ChatEvent } from '#domain/chat/index.js';
import type { MessageIdentity } from '#domain/chat/events.js';
import type { MessagesDeleteParams, MessagesSendParams } from '#protocol/methods/messages.js';
import type { Answered, SeenPositions } from '#streams/requests.js';
import type { PendingCommand } from './pending-command.js';
import type { RecentDecision } from './recent-run.js';

/** The session's later queries must cover the decision, in the chat's tables and in the user's own log. */
export const seenAt = (stream: string, sequence: number): SeenPositions => ({
  projected: { [stream]: sequence },
  logged: { [stream]: sequence },
});

/**
 * To the command whose decision this is, or to one that repeats it; a command that the edge has asked twice is the same
 * command. `stream` and the decision's sequence: where it stands.
 */
export function replyFromDecision(
  command: PendingCommand,
  stream: string,
  decision: RecentDecision,
): Answered {
  const duplicate = decision.meta.command_id !== command.commandId;
  const result = resultOf(command, answerOf(command, decision.events), duplicate);
  return { result, seen: seenAt(stream, decision.sequence) };
}

/** The wire's result of a decider's answer. */
export function resultOf(
  { chatId }: PendingCommand,
  answer: ChatAnswer,
  duplicate: boolean,
): Readonly<Record<string, unknown>> {
  switch (answer.kind) {
    case 'chat':
      return { chat_id: answer.chat_id };
    case 'sent':
      return { chat_id: chatId, seq: answer.seq, date_ms: answer.date_ms, duplicate };
    case 'edited':
      return { edited_at_ms: answer.edited_at_ms };
    case 'deleted':
      return { deleted: answer.deleted };
    case 'call':
      return { call: callView(chatId, answer.call) };
    case 'reacted':
    case 'block_reached':
    case 'signalled':
      return {};
    case 'read':
      return { read_seq: answer.seq, unread_count: answer.last_seq - answer.seq };
  }
}

/** What the decider answered when it made these events. */
function answerOf({ chatId, method, params }: PendingCommand, events: readonly ChatEvent[]): ChatAnswer {
  switch (method) {
    case 'messages.send': {
      const { seq, date_ms } = sentOrDeleted(events, (params as MessagesSendParams).client_msg_id);
      return { kind: 'sent', seq, date_ms };
    }
    case 'messages.edit':
      return { kind: 'edited', edited_at_ms: found(events, 'MessageEdited').data.edited_at_ms };
    case 'messages.delete':
    case 'messages.expire':
      return { kind: 'deleted', deleted: (params as Pick<MessagesDeleteParams, 'seqs'>).seqs };
    case 'messages.react':
      return { kind: 'reacted' };
    case 'calls.request':
    case 'calls.accept':
    case 'calls.discard':
    case 'calls.expire':
      return { kind: 'call', call: lastCall(events) };
    case 'direct.setBlocked':
      return { kind: 'block_reached' };
    default:
      return { kind: 'chat', chat_id: chatId };
  }
}

/** A decision sends one message, and may delete many. */
function sentOrDeleted(events: readonly ChatEvent[], key: string): MessageIdentity {
  const deleted = events.find((one) => one.type === 'Tombstoned' && one.data.message.client_msg_id === key);
  return deleted?.type === 'Tombstoned' ? deleted.data.message : found(events, 'MessageSent').data.message;
}

/** What is over may be told of before what is new. */
function lastCall(events: readonly ChatEvent[]): Call {
  const event = events.findLast((one) => one.type === 'CallChanged');
  assert(event !== undefined, 'the decision holds a CallChanged');
  return event.data;
}

function found<T extends ChatEvent['type']>(
  events: readonly ChatEvent[],
  type: T,
): Extract<ChatEvent, { type: T }> {
  const event = events.find((one) => one.type === type);
  assert(event !== undefined, `the decision holds a ${type}`);
  return event as Extract<ChatEvent, { type: T }>;
}
