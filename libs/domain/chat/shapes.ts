import {
  type Check,
  count,
  isRecord,
  list,
  literal,
  nullable,
  optional,
  ordinal,
  shape,
  tagged,
  text,
} from '../kernel/check.js';
import { callEnds, callKinds, callStates, type Call, type CallDevice } from './call.js';
import type { EntityOf, EntityType, TextEntity } from './entities.js';
import type {
  Body,
  ChatPermissions,
  ChatSummary,
  Member,
  MessageIdentity,
  ReactionCount,
  ServiceContent,
  UserContent,
} from './events.js';
import type { ChatCore, DirectBlock } from './state.js';

/** The shapes that chat events and stored chat states are made of. */

export const roleShape = literal('owner', 'admin', 'member');
const kindShape = literal('direct', 'group', 'channel');

export const memberShape = shape<Member>({
  user_id: text,
  role: roleShape,
  joined_at_ms: count,
  visible_from_seq: ordinal,
  joined_seq: optional(ordinal),
});

export const permissionsShape = shape<ChatPermissions>({
  send: roleShape,
  add_members: roleShape,
  change_info: roleShape,
});
export const historyShape = literal('joined', 'all');

export const summaryShape = shape<ChatSummary>({
  kind: kindShape,
  title: nullable(text),
  photo_media_id: nullable(text),
  created_at_ms: count,
  last_seq: count,
  member_count: count,
  description: optional(text),
  permissions: optional(permissionsShape),
  history: optional(historyShape),
});

export const identityShape = shape<MessageIdentity>({
  seq: ordinal,
  client_msg_id: text,
  sender_id: text,
  sender_device_id: nullable(text),
  date_ms: count,
  reply_to_seq: optional(ordinal),
  expires_at_ms: optional(count),
});

export const reactionsShape = list(shape<ReactionCount>({ emoji: text, count: ordinal }));

const span = { offset: count, length: ordinal };
const styled = <const T extends EntityType>(type: T) => shape({ type: literal(type), ...span });
const entityShape = tagged<'type', TextEntity>('type', {
  link: styled('link'),
  text_link: shape<EntityOf<'text_link'>>({ type: literal('text_link'), ...span, url: text }),
  mention: shape<EntityOf<'mention'>>({ type: literal('mention'), ...span, user_id: text }),
  bold: styled('bold'),
  italic: styled('italic'),
  underline: styled('underline'),
  strike: styled('strike'),
  spoiler: styled('spoiler'),
  code: styled('code'),
  pre: shape<EntityOf<'pre'>>({ type: literal('pre'), ...span, language: optional(text) }),
});

type Variant<T extends UserContent['type']> = Extract<UserContent, { readonly type: T }>;
const userContentShape = tagged<'type', UserContent>('type', {
  text: shape<Variant<'text'>>({ type: literal('text'), text, entities: optional(list(entityShape)) }),
  media: shape<Variant<'media'>>({
    type: literal('media'),
    media_id: text,
    caption: optional(text),
    entities: optional(list(entityShape)),
  }),
  encrypted: shape<Variant<'encrypted'>>({
    type: literal('encrypted'),
    envelopes: list(shape<Variant<'encrypted'>['envelopes'][number]>({ device_id: text, ciphertext: text })),
  }),
});

const serviceContentShape = shape<ServiceContent>({
  type: literal('service'),
  event: shape<ServiceContent['event']>({
    kind: literal('created', 'joined', 'left', 'removed', 'renamed', 'photo', 'role', 'became_channel'),
    user_ids: optional(list(text)),
    title: optional(text),
    role: optional(roleShape),
  }),
});

const saltedBodyShape = shape<Extract<Body, { readonly salt: string }>>({
  content: userContentShape,
  salt: text,
  commitment: text,
});
const serviceBodyShape = shape<{ readonly content: ServiceContent }>({ content: serviceContentShape });

/** A person's words are salted and committed to, the server's own are not. */
export const bodyShape: Check<Body> = (value) =>
  isServiceBody(value) ? serviceBodyShape(value) : saltedBodyShape(value);

const isServiceBody = (value: unknown): boolean =>
  isRecord(value) && isRecord(value['content']) && value['content']['type'] === 'service';

export const callShape = shape<Call>({
  call_id: text,
  kind: literal(...callKinds),
  state: literal(...callStates),
  caller_id: text,
  caller_device_id: text,
  callee_id: text,
  callee_device_id: optional(text),
  requested_at_ms: count,
  accepted_at_ms: optional(count),
  expires_at_ms: optional(count),
  discarded_at_ms: optional(count),
  reason: optional(literal(...callEnds)),
  discarded_by: optional(shape<CallDevice>({ user_id: text, device_id: text })),
});

export const coreShape = shape<ChatCore>({
  chat_id: text,
  kind: kindShape,
  title: nullable(text),
  description: nullable(text),
  photo_media_id: nullable(text),
  creator_id: text,
  created_at_ms: count,
  last_seq: count,
  chat_pts: ordinal,
  last_date_ms: count,
  member_count: count,
  permissions: optional(permissionsShape),
  history: optional(historyShape),
  banned_ids: optional(list(text)),
  call: optional(callShape),
  blocks: optional(list(shape<DirectBlock>({ by: text, blocked: literal(true, false), change: ordinal }))),
});
