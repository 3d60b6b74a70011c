import { accept, repeat } from '../kernel/decider.js';
import type { ChatAnswer, UpdateChat } from './commands.js';
import type { ChatInfo, ServiceContent } from './events.js';
import { serviceMessages } from './service-message.js';
import type { ActiveChat } from './state.js';
import { chatDate, type ChatVerdict } from './verdict.js';

/** The event holds what is different from before, and nothing else: two who change different fields at once lose neither. */
export function updateChat(chat: ActiveChat, command: UpdateChat): ChatVerdict {
  const answer: ChatAnswer = { kind: 'chat', chat_id: chat.chat_id };
  const changed = differing(chat, command.change);
  if (Object.keys(changed).length === 0) return repeat(answer);
  const messages = serviceMessages(command, chat.last_seq, chatDate(chat, command.at_ms), talesOf(changed));
  return accept([{ type: 'ChatChanged', data: changed }, ...messages], answer);
}

const differing = (chat: ActiveChat, change: Partial<ChatInfo>): Partial<ChatInfo> =>
  Object.fromEntries(
    (Object.keys(change) as (keyof ChatInfo)[])
      .filter((field) => change[field] !== undefined && change[field] !== chat[field])
      .map((field) => [field, change[field]]),
  );

/** A description changes without a word in the chat. */
function talesOf({ title, photo_media_id }: Partial<ChatInfo>): ServiceContent['event'][] {
  const renamed = title === undefined || title === null ? [] : [{ kind: 'renamed' as const, title }];
  return [...renamed, ...(photo_media_id === undefined ? [] : [{ kind: 'photo' as const }])];
}
