import { accept, repeat } from '../kernel/decider.js';
import type { NewEvent } from '../kernel/new-event.js';
import type { ExpireMessages } from './commands.js';
import { isDue } from './due.js';
import type { Tombstoned } from './events.js';
import type { MessageFacts } from './message-facts.js';
import type { ActiveChat } from './state.js';
import { chatDate, type ChatVerdict } from './verdict.js';

/** What is due is as good as deleted to whoever asks for something to be done to it. */
export const asJudged = (target: MessageFacts | null, nowMs: number): MessageFacts | null =>
  target !== null && isDue(target.message, nowMs) ? { ...target, deleted: true } : target;

/** Nobody's command but the server's, so it asks for no membership. Whatever is deleted or not due is left as it is. */
export function expireMessages(chat: ActiveChat, command: ExpireMessages): ChatVerdict {
  const dateMs = chatDate(chat, command.at_ms);
  const due = command.targets.filter(
    (target) => target !== null && !target.deleted && isDue(target.message, dateMs),
  ) as readonly MessageFacts[];
  const answer = { kind: 'deleted' as const, deleted: due.map(({ seq }) => seq) };
  return due.length === 0
    ? repeat(answer)
    : accept(
        due.map((one) => expired(one, dateMs)),
        answer,
      );
}

/** As if its sender had deleted it then: they said so when they sent it. */
export const expired = (
  { message, sent_chat_pts }: MessageFacts,
  deleted_at_ms: number,
): NewEvent<Tombstoned> => ({
  type: 'Tombstoned',
  data: { message, sent_chat_pts, deleted_by: message.sender_id, deleted_at_ms, expired: true },
});
