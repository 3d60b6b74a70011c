import type { NewEvent } from '../kernel/new-event.js';
import type { ChatEvent, MessageIdentity, ReactionCount, ServiceContent, UserContent } from './events.js';

/**
 * What a decision about one message needs to know of it, and the bounded chat state does not hold: read from Postgres,
 * overlaid with the decisions that are not there yet (docs/adr/0003). No text.
 */
export interface MessageFacts {
  readonly seq: number;
  /** The chat_pts of the last event that changed the message: its version. */
  readonly chat_pts: number;
  /** The chat_pts of its MessageSent. */
  readonly sent_chat_pts: number;
  readonly message: MessageIdentity;
  /** Of no meaning once deleted. */
  readonly content_type: ContentType;
  readonly deleted: boolean;
  readonly edited_at_ms?: number;
  readonly reactions: readonly ReactionCount[];
  /** The reaction of the one who asks. */
  readonly mine: string | null;
}

export type ContentType = (UserContent | ServiceContent)['type'];

type NumberedEvent = NewEvent<ChatEvent> & { readonly chat_pts: number };

/**
 * The facts after one more event, whatever it is about: events of other messages, and such as the facts hold already,
 * change nothing. `seq` is the message in question, `actorId` the one whose reaction is `mine`.
 */
export function evolveFacts(
  facts: MessageFacts | undefined,
  event: NumberedEvent,
  actorId: string,
  seq: number,
): MessageFacts | undefined {
  if (seqOf(event) !== seq) return facts;
  if (event.type === 'MessageSent') return facts ?? sentFacts(event.data, event.chat_pts);
  if (facts === undefined || event.chat_pts <= facts.chat_pts) return facts;
  return { ...facts, ...changeOf(event, actorId), chat_pts: event.chat_pts };
}

function sentFacts(data: Extract<ChatEvent, { type: 'MessageSent' }>['data'], chatPts: number): MessageFacts {
  return {
    seq: data.message.seq,
    chat_pts: chatPts,
    sent_chat_pts: chatPts,
    message: data.message,
    content_type: data.body.content.type,
    deleted: false,
    reactions: [],
    mine: null,
  };
}

function changeOf(event: NumberedEvent, actorId: string): Partial<MessageFacts> {
  switch (event.type) {
    case 'MessageEdited':
      return { content_type: event.data.body.content.type, edited_at_ms: event.data.edited_at_ms };
    case 'Tombstoned':
      return { deleted: true, reactions: [], mine: null };
    case 'ReactionSet':
      return {
        reactions: event.data.reactions,
        ...(event.data.user_id === actorId ? { mine: event.data.emoji } : {}),
      };
    default:
      return {};
  }
}

/** The message that an event is about, if it is about one. */
export function seqOf(event: NewEvent<ChatEvent>): number | undefined {
  switch (event.type) {
    case 'MessageSent':
    case 'MessageEdited':
    case 'Tombstoned':
      return event.data.message.seq;
    case 'ReactionSet':
      return event.data.seq;
    default:
      return undefined;
  }
}
