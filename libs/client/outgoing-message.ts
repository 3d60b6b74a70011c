import type { UserContent } from '#domain/chat/events.js';
import type { MessagesSendParams } from '#protocol/methods/messages.js';

/** A message of this device that the server has not answered yet, as it is stored. */
export interface OutgoingMessage {
  readonly client_msg_id: string;
  readonly chat_id: string;
  readonly content: UserContent;
  readonly reply_to_seq?: number;
  readonly queued_at_ms: number;
  /** Numbers the messages of this device: the order in which they are sent. */
  readonly order: number;
  /** Whether the server may have seen it under this id. */
  readonly attempted: boolean;
}

export interface SentMessage {
  readonly chat_id: string;
  readonly client_msg_id: string;
  readonly seq: number;
}

/** `sent` settles with the server's answer, maybe much later; it need not be listened to. */
export interface QueuedMessage {
  readonly client_msg_id: string;
  readonly sent: Promise<SentMessage>;
}

export function paramsOf({
  chat_id,
  client_msg_id,
  content,
  reply_to_seq,
}: OutgoingMessage): MessagesSendParams {
  return { chat_id, client_msg_id, content, ...(reply_to_seq === undefined ? {} : { reply_to_seq }) };
}
