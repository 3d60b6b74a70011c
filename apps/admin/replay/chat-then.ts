/** What a chat was at a moment. */
import type { ChatKind, ChatPermissions, HistoryShown, Role } from '#domain/chat/events.js';
import type { ChatDecision } from '#domain/chat/state.js';
import { decodeDecision } from '#streams/decision-codec.js';
import { StoreDamaged } from '#streams/event-store.js';
import type { StoredMessage } from '#streams/stored-message.js';
import { storedMessages } from '#streams/stored-messages.js';
import { chatSubject, streamOf } from '#streams/subjects.js';
import { OperationRefused, type AdminContext } from '../operation.js';
import { ChatFold, type Hole } from './chat-fold.js';
import { RecentMessages, type MessageThen } from './recent-messages.js';
import { sequenceUntil, type Until } from './until.js';

export interface ChatThen {
  readonly of: 'chat';
  /** Everything up to this place is in it; `position` in words. */
  readonly position: string;
  /** Of the last decision that is in it. */
  readonly decided: Decided;
  readonly chat_id: string;
  readonly kind: ChatKind;
  readonly title: string | null;
  readonly description: string | null;
  readonly photo_media_id: string | null;
  /** Absent where they were never changed: as every chat is at first. */
  readonly permissions?: ChatPermissions;
  readonly history?: HistoryShown;
  readonly banned_ids?: readonly string[];
  readonly created_at_ms: number;
  readonly chat_pts: number;
  readonly last_seq: number;
  readonly members: readonly {
    readonly user_id: string;
    readonly role: Role;
    readonly joined_at_ms: number;
    readonly visible_from_seq: number;
  }[];
  /** Messages by then, of which so many were deleted for everyone. */
  readonly messages_count: number;
  readonly deleted_count: number;
  /** Events of which nothing is left: the first of them, by chat_pts. */
  readonly erased_count: number;
  readonly erased: readonly Hole[];
  /** Erased too, and no number tells whether they stood before the moment or behind it. */
  readonly erased_about_then: Hole | null;
  /** The last ones, ascending. */
  readonly messages: readonly MessageThen[];
}

export interface Decided {
  readonly at: string;
  readonly occurred_at_ms: number;
  readonly stored_at_ms: number;
}

export interface ChatQuestion {
  readonly chat_id: string;
  readonly until: Until | undefined;
  readonly messages_max: number;
  readonly with_text: boolean;
}

export async function chatThen(context: AdminContext, question: ChatQuestion): Promise<ChatThen> {
  const { nats, streamsPerFamily } = context;
  const stream = streamOf('CHAT', question.chat_id, streamsPerFamily);
  const until = await sequenceUntil(nats, stream, question.until);
  const reading = new ReadChat(stream, until, question);
  const range = {
    stream,
    subject: chatSubject(question.chat_id),
    fromSequence: 1,
    toSequence: Number.MAX_SAFE_INTEGER,
  };
  let done = 0;
  for await (const { messages, pendingCount } of storedMessages(nats, range, context.signal)) {
    for (const message of messages) reading.take(message);
    done += messages.length;
    context.progress({ what: 'reading the chat', done, total: done + pendingCount, unit: 'decisions' });
    if (reading.isDone) break;
  }
  return reading.answer();
}

/** On from the moment: only to learn which texts were deleted since, or where the numbering goes on. */
class ReadChat {
  private readonly fold = new ChatFold();
  private readonly recent: RecentMessages;
  private decided: Decided | null = null;
  private next: { readonly at: string; readonly chat_pts: number } | null = null;

  constructor(
    private readonly stream: string,
    private readonly until: number,
    private readonly question: ChatQuestion,
  ) {
    this.recent = new RecentMessages(question);
  }

  get isDone(): boolean {
    return this.next !== null && !(this.question.with_text && this.question.messages_max > 0);
  }

  take(message: StoredMessage): void {
    const { decision, stored_at_ms } = decodeDecision(this.stream, message);
    const { events, meta } = decision as ChatDecision;
    const at = `${this.stream}:${message.sequence}`;
    if (message.sequence > this.until) {
      const [first] = events;
      if (first !== undefined) this.next ??= { at, chat_pts: first.chat_pts };
      return events.forEach((event) => this.recent.forgetDeleted(event));
    }
    this.fold.take(at, decision as ChatDecision);
    for (const event of events) this.recent.take(event);
    this.decided = { at, occurred_at_ms: meta.occurred_at_ms, stored_at_ms };
  }

  answer(): ChatThen {
    const { decided, fold, stream, until, question } = this;
    const { state } = fold;
    if (decided === null || state.status === 'none') throw this.notThere();
    const { status: _, member_count, members, last_date_ms: __, creator_id: ___, ...chat } = state;
    if (members.size !== member_count)
      throw new StoreDamaged(`${decided.at}: ${members.size} members where the chat has ${member_count}`);
    return {
      of: 'chat',
      position: `${stream}:${until}`,
      decided,
      ...chat,
      chat_id: question.chat_id,
      members: [...members.values()],
      messages_count: state.last_seq,
      deleted_count: fold.deleted,
      erased_count: fold.erased,
      erased: fold.holes,
      erased_about_then: this.erasedAboutThen(state.chat_pts),
      messages: this.recent.upTo(state.last_seq),
    };
  }

  private erasedAboutThen(chatPts: number): Hole | null {
    if (this.next === null || this.next.chat_pts <= chatPts + 1) return null;
    return [chatPts + 1, this.next.chat_pts - 1];
  }

  private notThere(): OperationRefused {
    const { chat_id } = this.question;
    return new OperationRefused(
      this.next === null
        ? `chat: ${this.stream} holds nothing of ${chat_id}`
        : `until: the chat was not there yet at ${this.stream}:${this.until}, it begins at ${this.next.at}`,
    );
  }
}
