/** `messages.delete` with `for: "me"`. */
import { refusalOfMessage } from '#domain/authority/authority.js';
import type { MessagesDeleteParams } from '#protocol/methods/messages.js';
import { Refusal } from '#protocol/refusal.js';
import { nothingSeen, type Answered } from '#streams/requests.js';
import { decideAccount, type AccountContext } from './account-context.js';

/** The rule asks for nothing but its place. */
const any_message = { message: { sender_id: '' }, content_type: 'text', deleted: false };

/** What the caller may see of the chat, deleted or not, hidden or not: what is hidden already is not said again. */
export async function hideMessages(params: MessagesDeleteParams, context: AccountContext): Promise<Answered> {
  const { chat_id, seqs, client_request_id: key } = params;
  if (params.for !== 'me') throw new Refusal('INVALID_PARAMS', { details: { for: 'me' } });
  const membership = await context.chats.membership(chat_id, context.aggregateId);
  if (membership === null) throw new Refusal('NOT_A_MEMBER');
  const { member, last_seq, after } = membership;
  for (const seq of seqs) {
    const target = seq > last_seq ? null : { ...any_message, seq };
    const refusal = refusalOfMessage('messages.delete for me', member, seq, target);
    if (refusal !== null) throw new Refusal(refusal.code, { details: { seq } });
  }
  // Where the read models do not answer, it is said again, which is harmless.
  const hidden = await context.models
    .hidden(context.aggregateId, chat_id, seqs)
    .catch(() => new Set<number>());
  const rest = seqs.filter((seq) => !hidden.has(seq));
  const result = { deleted: seqs };
  if (rest.length === 0) return { result, seen: nothingSeen };
  const asked = { type: 'HideMessages' as const, chat_id, seqs: rest, after };
  return { ...(await decideAccount(context, asked, { key })).answered, result };
}
