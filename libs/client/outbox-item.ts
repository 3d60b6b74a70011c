import type { UserContent } from '#domain/chat/events.js';
import type { MethodTypes } from '#protocol/method-results.js';

/**
 * What a user did on this device and the server's log does not show yet, as it is stored. One kind a durable change; the
 * id is the idempotency key (`client_msg_id` or `client_request_id`), made when it was queued and never again, so that a
 * retry is no second effect.
 */
export type OutboxItem =
  OutgoingMessage | OutgoingEdit | OutgoingDeletion | OutgoingReaction | OutgoingDeparture;

interface Item {
  readonly id: string;
  readonly chat_id: string;
  readonly queued_at_ms: number;
  /** Numbers the items of this device: the order in which those of a chat are carried out. */
  readonly order: number;
  /**
   * `queued`: the server has never seen it. `attempted`: the server may have. `answered`: it has, and its log has not
   * brought it here yet. `failed` (messages only): refused for good, kept until the user sends it again or deletes it.
   */
  readonly state: 'queued' | 'attempted' | 'answered' | 'failed';
}

export interface OutgoingMessage extends Item {
  readonly kind: 'send';
  readonly content: UserContent;
  readonly reply_to_seq?: number;
  readonly silent?: true;
  readonly expires_in_s?: number;
  /** Once answered. */
  readonly seq?: number;
  /** Why it failed. */
  readonly error_code?: string;
}

/** `silent`: shown to the others without a sound. */
export interface SendOptions {
  readonly replyToSeq?: number;
  readonly silent?: boolean;
  /** So long after the server took it, it goes by itself, everywhere. */
  readonly expiresInS?: number;
}

export interface OutgoingEdit extends Item {
  readonly kind: 'edit';
  readonly target: Target;
  readonly content: UserContent;
  /** Once answered. */
  readonly edited_at_ms?: number;
}

export interface OutgoingDeletion extends Item {
  readonly kind: 'delete';
  readonly targets: readonly Target[];
}

export interface OutgoingReaction extends Item {
  readonly kind: 'react';
  readonly target: Target;
  /** Null takes the reaction back. */
  readonly emoji: string | null;
}

export interface OutgoingDeparture extends Item {
  readonly kind: 'leave';
}

/**
 * A message by its seq, or, as long as it has none, by its id in this outbox. Both, where both are known: after a restart what
 * was stored of the log may not have it yet.
 */
export type Target =
  { readonly seq: number; readonly client_msg_id?: string } | { readonly client_msg_id: string };

export const isSameTarget = (one: Target, other: Target): boolean =>
  'seq' in one
    ? 'seq' in other && one.seq === other.seq
    : 'client_msg_id' in other && one.client_msg_id === other.client_msg_id;

export function targetsOf(item: OutboxItem): readonly Target[] {
  if (item.kind === 'delete') return item.targets;
  return item.kind === 'edit' || item.kind === 'react' ? [item.target] : [];
}

/** Still to be carried out. */
export const isWaiting = ({ state }: OutboxItem): boolean => state === 'queued' || state === 'attempted';

type Request<M extends keyof MethodTypes> = { readonly method: M; readonly params: MethodTypes[M]['params'] };
export type OutboxRequest =
  | Request<'messages.send'>
  | Request<'messages.edit'>
  | Request<'messages.delete'>
  | Request<'messages.react'>
  | Request<'chats.leave'>;

/** The request that carries it out: the same one each time, whatever happens in between. */
export function requestOf(item: OutboxItem): OutboxRequest {
  const { id, chat_id } = item;
  const key = { chat_id, client_request_id: id };
  switch (item.kind) {
    case 'send': {
      const { content, reply_to_seq, silent, expires_in_s } = item;
      const reply = reply_to_seq === undefined ? {} : { reply_to_seq };
      const quietly = silent === undefined ? {} : { silent };
      const expiry = expires_in_s === undefined ? {} : { expires_in_s };
      return {
        method: 'messages.send',
        params: { chat_id, client_msg_id: id, content, ...reply, ...quietly, ...expiry },
      };
    }
    case 'edit':
      return { method: 'messages.edit', params: { ...key, seq: seqOf(item.target), content: item.content } };
    case 'delete':
      return {
        method: 'messages.delete',
        params: { ...key, seqs: item.targets.map(seqOf), for: 'everyone' },
      };
    case 'react':
      return { method: 'messages.react', params: { ...key, seq: seqOf(item.target), emoji: item.emoji } };
    case 'leave':
      return { method: 'chats.leave', params: key };
  }
}

/** Items of a chat are carried out in order: what targets a message comes after it, when its seq is known. */
function seqOf(target: Target): number {
  if ('seq' in target) return target.seq;
  throw new Error('A change was to be sent before the message that it changes.');
}
