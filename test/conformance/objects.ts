/** Objects that many answers and updates hold, as sections 3 to 5 of the protocol write them. */
import {
  called,
  count,
  exactly,
  flag,
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

export const role = exactly('owner', 'admin', 'member');
export const kind = exactly('direct', 'group', 'channel');
export const nothing = object({});
export const permissions = object({ send: role, add_members: role, change_info: role });
export const history = exactly('joined', 'all');
export const presence = object({ user_id: id, status: exactly('online', 'offline'), 'last_seen_ms?': time });

export const content: Shape = called('content', {
  words: 'content',
  wrong: (value, path) => contentOf(value).wrong(value, path),
});

const byType: Readonly<Record<string, Shape>> = {
  text: object({ type: text, text: someText }),
  media: object({ type: text, media_id: id, 'caption?': text }),
  encrypted: object({ type: text, envelopes: list(object({ device_id: id, ciphertext: someText })) }),
  service: object({
    type: text,
    event: object({ kind: someText, 'user_ids?': list(id), 'title?': text, 'role?': role }),
  }),
};
const contentOf = (value: unknown): Shape =>
  byType[String((value as { type?: unknown } | null)?.type)] ??
  object({ type: exactly(...Object.keys(byType)) });

const reactions = list(object({ emoji: someText, count: ordinal, 'mine?': flag }));
const about = { chat_id: id, seq: ordinal, client_msg_id: id, sender_id: id, date_ms: time };
const more = {
  sender_device_id: nullable(id),
  'reply_to_seq?': ordinal,
  'edited_at_ms?': time,
  'expires_at_ms?': time,
};
const alive = object({ ...about, ...more, content, reactions });
const tombstone = object({ ...about, ...more, deleted: exactly(true), reactions });

/** A tombstone has no content; what is no tombstone has one. */
export const message: Shape = {
  words: 'message',
  wrong(value, path) {
    const { deleted, content: held } = (value ?? {}) as { deleted?: unknown; content?: unknown };
    if (deleted !== undefined && held !== undefined) return `${path}: a tombstone has no content`;
    return (deleted === undefined ? alive : tombstone).wrong(value, path);
  },
};

export const chat = called(
  'chat',
  object({
    chat_id: id,
    kind,
    title: nullable(text),
    'description?': nullable(text),
    photo_media_id: nullable(id),
    'permissions?': permissions,
    'history?': history,
    created_at_ms: time,
    role,
    member_count: ordinal,
    last_seq: count,
    'last_message?': message,
    read_seq: count,
    unread_count: count,
    delivered_outbox_seq: count,
    read_outbox_seq: count,
    muted_until_ms: nullable(time),
    archived: flag,
    pinned: flag,
    'chat_pts?': count,
    'call?': object({ call_id: id, state: exactly('requested', 'accepted') }),
  }),
);

export const call = called(
  'call',
  object({
    chat_id: id,
    call_id: id,
    kind: exactly('audio', 'video'),
    state: exactly('requested', 'accepted', 'discarded'),
    caller_id: id,
    caller_device_id: id,
    callee_id: id,
    'callee_device_id?': id,
    requested_at_ms: time,
    'accepted_at_ms?': time,
    'expires_at_ms?': time,
    'discarded_at_ms?': time,
    'reason?': exactly('hangup', 'declined', 'busy', 'missed', 'failed'),
    'discarded_by?': object({ user_id: id, device_id: id }),
    'duration_ms?': count,
  }),
);

export const member = object({ user_id: id, role, joined_at_ms: time });
export const user = called('user', object({ user_id: id, display_name: text, 'about?': text }));
export const device = called(
  'device',
  object({ device_id: id, name: text, type: exactly('mobile', 'web', 'desktop'), added_at_ms: time }),
);
export const nextCursor = { 'next_cursor?': opaque };
