import type { MessageFacts } from '#domain/chat/index.js';
import type { DueCall } from '#projections/chats/due-calls-query.js';
import type { DueMessage } from '#projections/chats/due-query.js';

/**
 * What the handler asks of the read models. Every answer comes with the position up to which the projection had folded
 * the chat's stream when it was given, so that the caller can tell whether its own recent run closes the gap
 * (docs/adr/0003). All of them throw a Refusal `UNAVAILABLE` while Postgres does not answer.
 */
export interface ReadModels {
  /** The decision that a key of this user and chat led to. */
  findRequest(chat: ChatPlace, userId: string, requestId: string): Promise<FoundRequest>;
  /** Of messages of one chat, with the reactions of `userId`. Messages that do not exist are absent. */
  messageFacts(chat: ChatPlace, userId: string, seqs: readonly number[]): Promise<FoundFacts>;
  /** Which of these users have an account. */
  existingUsers(userIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** Of all chats, those due longest first; `after`: the last one of the page before. */
  dueMessages(page: {
    nowMs: number;
    after?: DueMessage | undefined;
    limit: number;
  }): Promise<readonly DueMessage[]>;
  /** Calls whose time is over and that nobody has ended, those due longest first. */
  dueCalls(nowMs: number, limit: number): Promise<readonly DueCall[]>;
  /** Of one chat's messages, those that the user has hidden. Never ahead of the truth. */
  hidden(userId: string, chatId: string, seqs: readonly number[]): Promise<ReadonlySet<number>>;
  /** How far the user has read the chat; 0 when there is nothing known. Never ahead of the truth. */
  readCursor(userId: string, chatId: string): Promise<number>;
}

export interface ChatPlace {
  readonly chatId: string;
  readonly stream: string;
}

export interface FoundRequest {
  readonly position: number;
  /** The decision's place in the chat's stream. */
  readonly sequence: number | null;
}

export interface FoundFacts {
  readonly position: number;
  readonly facts: ReadonlyMap<number, MessageFacts>;
}
