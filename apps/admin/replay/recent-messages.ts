/** The last messages of a chat as they were, while it is folded: bounded, and with the text only where that was asked for. */
import type { ChatEvent, UserContent, ServiceContent } from '#domain/chat/events.js';
import { evolveFacts, seqOf, type MessageFacts } from '#domain/chat/message-facts.js';

export interface MessageThen {
  readonly seq: number;
  /** `erased`: nothing of it is left in the stream, and what it was is not known any more. */
  readonly is: 'standing' | 'deleted' | 'erased';
  readonly sender_id: string | null;
  readonly date_ms: number | null;
  readonly type: string | null;
  readonly edited_at_ms: number | null;
  readonly reactions: number;
  /** Null: not asked for, none, or deleted: then or since. */
  readonly text: string | null;
}

interface Held {
  readonly facts: MessageFacts;
  text: string | null;
}

const nobody = '';

export class RecentMessages {
  private readonly held = new Map<number, Held>();

  constructor(private readonly options: { readonly messages_max: number; readonly with_text: boolean }) {}

  take(event: ChatEvent): void {
    const seq = seqOf(event);
    if (seq === undefined || this.options.messages_max === 0) return;
    const before = this.held.get(seq);
    const facts = evolveFacts(before?.facts, event, nobody, seq);
    if (facts === undefined || facts === before?.facts) return;
    this.held.set(seq, { facts, text: facts.deleted ? null : (this.textOf(event) ?? before?.text ?? null) });
    for (const oldest of this.held.keys()) {
      if (this.held.size <= this.options.messages_max) break;
      this.held.delete(oldest);
    }
  }

  /** Of events after the moment: what somebody deleted since has no text any more, whatever moment is asked for. */
  forgetDeleted(event: ChatEvent): void {
    const held = event.type === 'Tombstoned' ? this.held.get(event.data.message.seq) : undefined;
    if (held !== undefined) held.text = null;
  }

  /** Ascending by seq, up to the chat's last one, without a hole. */
  upTo(lastSeq: number): readonly MessageThen[] {
    const count = Math.min(this.options.messages_max, lastSeq);
    return Array.from({ length: count }, (_, index) => this.at(lastSeq - count + 1 + index));
  }

  private at(seq: number): MessageThen {
    const held = this.held.get(seq);
    if (held === undefined) return { seq, is: 'erased', ...unknown };
    const { message, content_type, deleted, edited_at_ms, reactions } = held.facts;
    return {
      seq,
      is: deleted ? 'deleted' : 'standing',
      sender_id: message.sender_id,
      date_ms: message.date_ms,
      type: deleted ? null : content_type,
      edited_at_ms: edited_at_ms ?? null,
      reactions: reactions.reduce((sum, { count }) => sum + count, 0),
      text: held.text,
    };
  }

  private textOf(event: ChatEvent): string | null {
    if (!this.options.with_text) return null;
    return event.type === 'MessageSent' || event.type === 'MessageEdited'
      ? wordsOf(event.data.body.content)
      : null;
  }
}

const unknown = { sender_id: null, date_ms: null, type: null, edited_at_ms: null, reactions: 0, text: null };

/** What somebody wrote; null: nothing that can be read. */
export function wordsOf(content: UserContent | ServiceContent): string | null {
  if (content.type === 'text') return content.text;
  return content.type === 'media' ? (content.caption ?? null) : null;
}
