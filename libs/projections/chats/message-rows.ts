/** What events about a message make of its row. */
import type {
  Body,
  MessageEdited,
  MessageIdentity,
  MessageSent,
  ReactionSet,
  Tombstoned,
} from '#domain/chat/events.js';
import type { MessageRow } from './rows.js';

export function sentRow(chatId: string, { data, chat_pts }: MessageSent): MessageRow {
  return {
    ...identityColumns(chatId, data.message),
    ...bodyColumns(data.body),
    chat_pts,
    sent_chat_pts: chat_pts,
    edited_at_ms: null,
    deleted_by: null,
    deleted_at_ms: null,
    reactions: [],
  };
}

/** `before` is missing when the message's own decision is erased already and the tombstone is still to come. */
export function editedRow(
  chatId: string,
  before: MessageRow | undefined,
  { data, chat_pts }: MessageEdited,
): MessageRow {
  return {
    ...identityColumns(chatId, data.message),
    ...bodyColumns(data.body),
    chat_pts,
    sent_chat_pts: before?.sent_chat_pts ?? null,
    edited_at_ms: data.edited_at_ms,
    deleted_by: null,
    deleted_at_ms: null,
    reactions: data.reactions,
  };
}

/** From the tombstone alone: once the message's decisions are erased, nothing else tells of it. */
export function deletedRow(chatId: string, { data, chat_pts }: Tombstoned): MessageRow {
  return {
    ...identityColumns(chatId, data.message),
    content: null,
    salt: null,
    commitment: null,
    chat_pts,
    sent_chat_pts: data.sent_chat_pts,
    edited_at_ms: null,
    deleted_by: data.deleted_by,
    deleted_at_ms: data.deleted_at_ms,
    reactions: [],
  };
}

export function reactedRow(before: MessageRow, { data, chat_pts }: ReactionSet): MessageRow {
  return { ...before, chat_pts, reactions: data.reactions };
}

function identityColumns(chatId: string, message: MessageIdentity) {
  return {
    chat_id: chatId,
    seq: message.seq,
    client_msg_id: message.client_msg_id,
    sender_id: message.sender_id,
    sender_device_id: message.sender_device_id,
    date_ms: message.date_ms,
    reply_to_seq: message.reply_to_seq ?? null,
    expires_at_ms: message.expires_at_ms ?? null,
  };
}

function bodyColumns(body: Body) {
  return 'salt' in body
    ? { content: body.content, salt: body.salt, commitment: body.commitment }
    : { content: body.content, salt: null, commitment: null };
}
