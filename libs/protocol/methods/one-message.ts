/** What there is to know of one message beside itself: who reacted to it, what it said before, who has it. */
import type { ServiceContent, UserContent } from '#domain/chat/events.js';
import { Id, Integer, Opaque, Optional } from '../fields.js';
import { page_items_max } from '../limits.js';
import { Emoji } from './messages.js';

export class MessagesReactionsParams {
  @Id() chat_id!: string;
  @Integer(1) seq!: number;
  /** Those with this one alone. */
  @Optional() @Emoji() emoji?: string;
  @Optional() @Opaque() cursor?: string;
  @Optional() @Integer(1, page_items_max) limit?: number;
}
export interface MessagesReactionsResult {
  /** The latest first; who has left the chat as well, because their reaction counts. */
  readonly reactions: readonly {
    readonly user_id: string;
    readonly emoji: string;
    readonly at_ms: number;
  }[];
  readonly next_cursor?: string;
}

export class MessagesEditsParams {
  @Id() chat_id!: string;
  @Integer(1) seq!: number;
  @Optional() @Opaque() cursor?: string;
  @Optional() @Integer(1, page_items_max) limit?: number;
}
export interface MessagesEditsResult {
  /** As it was sent, then as each edit left it; the last one is what it says now. */
  readonly versions: readonly {
    /** Of the event that made it. */
    readonly chat_pts: number;
    readonly date_ms: number;
    readonly content: UserContent | ServiceContent;
  }[];
  readonly next_cursor?: string;
}

export class MessagesReceiptsParams {
  @Id() chat_id!: string;
  @Integer(1) seq!: number;
}
/** Of the members now who may see it, the sender excepted; `at_ms`: when their mark first stood there. The earliest first. */
export interface MessagesReceiptsResult {
  /** Those of `read` among them. */
  readonly delivered: readonly { readonly user_id: string; readonly at_ms: number }[];
  readonly read: readonly { readonly user_id: string; readonly at_ms: number }[];
}
