import {
  accountEntriesOf,
  type AccountEvent,
  type ContactEvent,
  type PhoneEvent,
} from '#domain/account/index.js';
import { entriesOfDecision, stayOf, type ChatDecision } from '#domain/chat/index.js';
import type { Decision } from '#domain/kernel/decision.js';
import type { EntryDraft } from '#domain/user-log/index.js';
import type { Cursor, ReceiptEvent } from '#domain/receipt/events.js';
import type { Members } from './source-reads.js';
import type { DatedDraft } from './work.js';

/** In larger chats only the reader's own devices learn what was read; the others ask when they want to know. */
const receipts_push_members_max = 200;

/** A chat where the receipts and settings that wait for it are to be applied: its members and number there. */
export interface ChatNow {
  readonly members: Members;
  readonly chat_pts: number;
}

/** A chat's decision to the entries of everyone concerned, by event. `members` are those after it. */
export function chatDrafts(decision: Decision, members: Members, chatId: string): DatedDraft[] {
  const byEvent = entriesOfDecision(decision as ChatDecision, members, chatId);
  return byEvent.flatMap((drafts, index) => dated(decision, drafts, index));
}

/**
 * What is a user's own business. Of a chat it is told while the user is in it, of its settings in the same stay; phone numbers make
 * no entries.
 */
export function accountDrafts(decision: Decision, chatNow: (chatId: string) => ChatNow | null): DatedDraft[] {
  return decision.events.flatMap((stored, index) => {
    const event = stored as AccountEvent | ContactEvent | PhoneEvent;
    if (event.type === 'PhoneClaimed') return [];
    const drafts = dated(decision, accountEntriesOf(event), index);
    const concerned = chatOf(event);
    if (concerned === null) return drafts;
    const chat = chatNow(concerned.chat_id);
    const member = chat?.members.get(event.data.user_id);
    if (!chat || !member) return [];
    const isOfSettings = event.type === 'ChatSettingsChanged';
    if (isOfSettings && stayOf(member) !== event.data.settings.visible_from_seq) return [];
    return drafts.map((draft) => ({ ...draft, chat_pts: chat.chat_pts }));
  });
}

/** The chat that an account's event is about. */
function chatOf(event: AccountEvent | ContactEvent | PhoneEvent): Concerned | null {
  if (event.type === 'ChatSettingsChanged')
    return { chat_id: event.data.settings.chat_id, after: event.data.after };
  return event.type === 'MessagesHidden' ? event.data : null;
}

type Concerned = Pick<Cursor, 'chat_id' | 'after'>;

/** The chats that a decision of an account or a receipt is about, and the places past which they must have been read. */
export function chatsConcerned(decision: Decision): readonly Concerned[] {
  const events = decision.events as readonly (AccountEvent | ContactEvent | PhoneEvent | ReceiptEvent)[];
  return events.flatMap((event): readonly Concerned[] => {
    if ('cursors' in event.data) return event.data.cursors;
    const chat = chatOf(event as AccountEvent | ContactEvent | PhoneEvent);
    return chat === null ? [] : [chat];
  });
}

/**
 * Moved cursors to entries, each of them only if it advances (which the writers know): the reader's own, and what the
 * other members see of their messages. Who is not a member any more, or was not yet, moves nothing; nor does what was read in
 * an earlier stay, where the later one begins with what was before it.
 */
export function receiptDrafts(decision: Decision, chatNow: (chatId: string) => ChatNow | null): DatedDraft[] {
  return decision.events.flatMap((stored, index) => {
    const event = stored as ReceiptEvent;
    if (event.type === 'DeviceCursorMoved') return [];
    const drafts = event.data.cursors.flatMap(({ chat_id, seq, joined_seq }) => {
      const chat = chatNow(chat_id);
      const member = chat?.members.get(event.data.user_id);
      if (!chat || !member) return [];
      if (event.type === 'ReadCursorMoved' && joined_seq !== member.joined_seq) return [];
      return cursorDrafts(event, chat, { chat_id, seq, chat_pts: chat.chat_pts });
    });
    return dated(decision, drafts, index);
  });
}

function cursorDrafts(
  { type, data: { user_id: reader } }: Exclude<ReceiptEvent, { type: 'DeviceCursorMoved' }>,
  { members }: ChatNow,
  cursor: { readonly chat_id: string; readonly seq: number; readonly chat_pts: number },
): EntryDraft[] {
  const read = type === 'ReadCursorMoved';
  const own: EntryDraft[] = read ? [{ user_id: reader, kind: 'read.inbox', ...cursor }] : [];
  if (members.size > receipts_push_members_max) return own;
  const kind = read ? 'read.outbox' : 'delivered.outbox';
  const others = [...members.keys()].filter((userId) => userId !== reader);
  return [...own, ...others.map((user_id) => ({ user_id, kind, ...cursor }) as const)];
}

const dated = (decision: Decision, drafts: readonly EntryDraft[], index: number): DatedDraft[] =>
  drafts.map((draft) => ({ ...draft, date_ms: decision.meta.occurred_at_ms, index }));
