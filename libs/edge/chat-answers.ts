import type { MethodName } from '#protocol/methods.js';
import type { Reply } from '#streams/requests.js';

interface Steps {
  /** The caller goes by this command. */
  readonly isLeaving: boolean;
  /** Puts the command in its chat's lane, at once; it travels after `after`. */
  readonly submit: (after?: Promise<unknown>) => Promise<Reply>;
  /** The chat as its caller sees it, at least as new as everything they have seen. */
  readonly chat: () => Promise<Reply>;
  /** When the commands that were sent before are answered. */
  readonly settled: () => Promise<void>;
}

/**
 * Some commands are answered with the chat. Handlers of commands know no read model, so the edge asks for it: after the
 * command, or before it for who leaves, who may not see the chat afterwards.
 */
export function withChat(method: MethodName, chatId: string, steps: Steps): Promise<Reply> {
  switch (method) {
    case 'chats.create':
    case 'chats.update':
    case 'chats.addMembers':
    case 'chats.removeMember':
    case 'chats.setRole':
    case 'chats.ban':
    case 'chats.unban':
    case 'chats.leave':
      return steps.isLeaving ? chatBefore(chatId, steps) : chatAfter(steps);
    default:
      return steps.submit();
  }
}

async function chatAfter({ submit, chat }: Steps): Promise<Reply> {
  const reply = await submit();
  return 'error' in reply ? reply : chat();
}

async function chatBefore(chatId: string, { submit, chat, settled }: Steps): Promise<Reply> {
  const before = settled().then(chat);
  const reply = await submit(before);
  if ('error' in reply) return reply;
  const seen = await before;
  return 'error' in seen
    ? { ...reply, result: { chat: { chat_id: chatId } } }
    : { ...reply, result: seen.result };
}
