/** What a chat's and a reader's own streams say of the badge, apart from logs and read models. */
import type { Member } from '#domain/chat/events.js';
import type { ChatDecision } from '#domain/chat/state.js';
import type { ReceiptDecision } from '#domain/receipt/events.js';
import { decodeDecision } from '#streams/decision-codec.js';
import type { StoredMessage } from '#streams/stored-message.js';
import { storedMessages } from '#streams/stored-messages.js';
import { chatSubject, receiptSubject, streamOf } from '#streams/subjects.js';
import type { AdminContext } from '../operation.js';
import { ChatFold } from '../replay/chat-fold.js';

/** One event that decided a number, and who did it when. */
export interface Cause {
  readonly at: string;
  readonly stream: string;
  readonly sequence: number;
  readonly what: 'MessageSent' | 'ReadCursorMoved' | 'joined' | 'left';
  readonly seq: number;
  readonly user_id: string | null;
  readonly device_id: string | null;
  readonly occurred_at_ms: number;
}

export interface StreamTruth {
  readonly chat_is_there: boolean;
  readonly is_member: boolean;
  readonly last_seq: number;
  readonly read_seq: number;
  readonly visible_from_seq: number;
  /** The last by which the user became a member, and the last by which they did or ceased to be one. */
  readonly joined: Cause | null;
  readonly membership: Cause | null;
  readonly last_message: Cause | null;
  /** The furthest of what the user read and what they sent. */
  readonly read: Cause | null;
}

interface Question {
  readonly user_id: string;
  readonly chat_id: string;
}

export async function streamTruth(context: AdminContext, question: Question): Promise<StreamTruth> {
  const chat = new ChatOfReader(question.user_id);
  const chatStream = streamOf('CHAT', question.chat_id, context.streamsPerFamily);
  await readAll(context, chatStream, chatSubject(question.chat_id), 'reading the chat', (message) =>
    chat.take(chatStream, message),
  );
  const receiptStream = streamOf('RECEIPT', question.user_id, context.streamsPerFamily);
  await readAll(context, receiptStream, receiptSubject(question.user_id), 'reading the receipts', (message) =>
    chat.takeReceipt(receiptStream, message, question.chat_id),
  );
  return chat.truth();
}

async function readAll(
  { nats, signal, progress }: AdminContext,
  stream: string,
  subject: string,
  what: string,
  take: (message: StoredMessage) => void,
): Promise<void> {
  const range = { stream, subject, fromSequence: 1, toSequence: Number.MAX_SAFE_INTEGER };
  let done = 0;
  for await (const { messages, pendingCount } of storedMessages(nats, range, signal)) {
    for (const message of messages) take(message);
    done += messages.length;
    progress({ what, done, total: done + pendingCount, unit: 'decisions' });
  }
}

class ChatOfReader {
  private readonly fold = new ChatFold();
  private joined: Cause | null = null;
  private membership: Cause | null = null;
  private lastMessage: Cause | null = null;
  private read: Cause | null = null;

  constructor(private readonly userId: string) {}

  take(stream: string, message: StoredMessage): void {
    const decision = decodeDecision(stream, message).decision as ChatDecision;
    const before = this.visibleFrom();
    this.fold.take(`${stream}:${message.sequence}`, decision);
    const after = this.visibleFrom();
    if (before === null && after !== null) {
      this.membership = this.joined = causeOf(stream, message, decision, 'joined', after);
      // Joining again starts anew.
      this.read = null;
    }
    if (before !== null && after === null)
      this.membership = causeOf(stream, message, decision, 'left', before);
    for (const event of decision.events) {
      if (event.type !== 'MessageSent') continue;
      const sent = causeOf(stream, message, decision, 'MessageSent', event.data.message.seq);
      this.lastMessage = sent;
      if (event.data.message.sender_id === this.userId && after !== null) this.raise(sent);
    }
  }

  /** Marks that were checked before the last joining belong to the membership before it. */
  takeReceipt(stream: string, message: StoredMessage, chatId: string): void {
    const decision = decodeDecision(stream, message).decision as ReceiptDecision;
    for (const event of decision.events) {
      if (event.type !== 'ReadCursorMoved') continue;
      for (const { chat_id, seq, after, joined_seq } of event.data.cursors) {
        if (chat_id !== chatId || after < (this.joined?.sequence ?? Infinity)) continue;
        if (joined_seq !== this.member()?.joined_seq) continue;
        this.raise(causeOf(stream, message, decision, 'ReadCursorMoved', seq));
      }
    }
  }

  truth(): StreamTruth {
    const { state } = this.fold;
    const visible = this.visibleFrom();
    const visible_from_seq = visible ?? 0;
    return {
      chat_is_there: state.status === 'active',
      is_member: visible !== null,
      last_seq: state.status === 'active' ? state.last_seq : 0,
      read_seq: Math.max(0, visible_from_seq - 1, this.read?.seq ?? 0),
      visible_from_seq,
      joined: this.joined,
      membership: this.membership,
      last_message: this.lastMessage,
      read: this.read,
    };
  }

  private raise(cause: Cause): void {
    if (cause.seq > (this.read?.seq ?? 0)) this.read = cause;
  }

  private visibleFrom(): number | null {
    return this.member()?.visible_from_seq ?? null;
  }

  private member(): Member | undefined {
    const { state } = this.fold;
    if (state.status === 'none') return undefined;
    return state.members.get(this.userId);
  }
}

function causeOf(
  stream: string,
  { sequence }: StoredMessage,
  { meta }: ChatDecision | ReceiptDecision,
  what: Cause['what'],
  seq: number,
): Cause {
  const { actor, occurred_at_ms } = meta;
  return { at: `${stream}:${sequence}`, stream, sequence, what, seq, ...actor, occurred_at_ms };
}
