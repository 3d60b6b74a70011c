/** What somebody is doing in a chat just now: told to its other members, kept nowhere. */
import { Id, Integer, OneOf, Optional } from '../fields.js';

export const typingActions = ['typing', 'recording', 'uploading', 'none'] as const;
export type TypingAction = (typeof typingActions)[number];

export class TypingSetParams {
  @Id() chat_id!: string;
  /** `none`: no longer. Others end by themselves, and are to be told again while they last. */
  @OneOf(...typingActions) action!: TypingAction;
  /** As by `messages.read`, in the same request. */
  @Optional() @Integer(1) read_seq?: number;
  /** Not needed: nothing is kept, and a repeat does no harm. */
  @Optional() @Id() client_request_id?: string;
}
export type TypingSetResult = Readonly<Record<never, never>>;
