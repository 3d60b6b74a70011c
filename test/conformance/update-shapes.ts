/** Updates by type, as section 4 of the protocol writes them, and the notifications that carry them. */
import { call, device, history, message, permissions, role } from './objects.js';
import {
  count,
  exactly,
  flag,
  hash,
  id,
  list,
  nullable,
  object,
  opaque,
  ordinal,
  someText,
  text,
  time,
  type Shape,
} from './shape.js';

const aboutChat = { chat_id: id, chat_pts: ordinal };
const aboutMessage = { ...aboutChat, seq: ordinal };
const withRole = list(object({ user_id: id, role }));

export const updateShapes: Readonly<Record<string, Shape>> = {
  'message.new': object({ ...aboutMessage, message }),
  'message.edited': object({ ...aboutMessage, message }),
  'message.deleted': object({ ...aboutMessage, deleted_by: id, date_ms: time, 'expired?': exactly(true) }),
  'message.reaction': object({ ...aboutMessage, user_id: id, emoji: nullable(someText) }),
  'read.inbox': object({ chat_id: id, chat_pts: count, seq: count }),
  'read.outbox': object({ chat_id: id, chat_pts: count, seq: ordinal }),
  'delivered.outbox': object({ chat_id: id, chat_pts: count, seq: ordinal }),
  'chat.new': object({
    ...aboutChat,
    chat: object({ chat_id: id, kind: someText, title: nullable(text), member_count: ordinal }),
    visible_from_seq: ordinal,
    read_seq: count,
    role,
  }),
  'chat.changed': object({
    ...aboutChat,
    'title?': nullable(text),
    'description?': nullable(text),
    'photo_media_id?': nullable(id),
    'permissions?': permissions,
    'history?': history,
    'kind?': exactly('channel'),
  }),
  'chat.members': object({
    ...aboutChat,
    added: withRole,
    removed: list(id),
    changed: withRole,
    member_count: count,
    'banned?': list(id),
    'unbanned?': list(id),
  }),
  'chat.removed': object(aboutChat),
  'chat.settings': object({
    chat_id: id,
    chat_pts: count,
    muted_until_ms: nullable(time),
    archived: flag,
    pinned: flag,
  }),
  'messages.hidden': object({ chat_id: id, chat_pts: count, seqs: list(ordinal) }),
  call: object({ ...aboutChat, call }),
  'device.added': object({ device }),
  'device.removed': object({ device_id: id, 'reason?': someText }),
  'user.blocked': object({ user_id: id }),
  'user.unblocked': object({ user_id: id }),
  'user.changed': object({ user_id: id, display_name: text, about: nullable(text) }),
  'privacy.changed': object({ last_seen: someText }),
  'contact.changed': object({ user_id: id, nickname: nullable(text) }),
};

/** Of a channel's own log alone: it only counts. */
const unseen = object(aboutChat);

const updateOf = (shapes: Readonly<Record<string, Shape>>): Shape => ({
  words: 'update',
  wrong(value, path) {
    const type = String((value as { type?: unknown } | null)?.type);
    const shape = shapes[type];
    return shape ? shape.wrong(value, `${path} (${type})`) : `${path} has the unknown type ${type}`;
  },
});

export const updateNotification = object({
  pts: ordinal,
  pts_count: exactly(1),
  sync_token: opaque,
  date_ms: time,
  'commitment?': hash,
  update: updateOf(updateShapes),
});

export const channelNotification = object({
  chat_id: id,
  chat_pts: ordinal,
  chat_pts_count: exactly(1),
  update: updateOf({ ...updateShapes, 'chat.unseen': unseen }),
});
