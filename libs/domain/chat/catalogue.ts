import { count, list, literal, nullable, optional, ordinal, shape, text } from '../kernel/check.js';
import { catalogued, type Catalogue } from '../kernel/event-catalogue.js';
import type { ChatEvent } from './events.js';
import {
  bodyShape,
  callShape,
  historyShape,
  identityShape,
  memberShape,
  permissionsShape,
  reactionsShape,
  roleShape,
  summaryShape,
} from './shapes.js';
import { chatCreatedFrom1 } from './upcasters.js';

type Data<T extends ChatEvent['type']> = Extract<ChatEvent, { readonly type: T }>['data'];

/** Every chat event that may stand in a CHAT stream. An event that is missing here does not compile. */
export const chatCatalogue = {
  ChatCreated: catalogued(
    2,
    shape<Data<'ChatCreated'>>({
      chat_id: text,
      creator_id: text,
      chat: summaryShape,
      members: list(memberShape),
    }),
    [chatCreatedFrom1],
  ),
  ChatChanged: catalogued(
    1,
    shape<Data<'ChatChanged'>>({
      title: optional(nullable(text)),
      description: optional(nullable(text)),
      photo_media_id: optional(nullable(text)),
      permissions: optional(permissionsShape),
      history: optional(historyShape),
    }),
  ),
  MembersAdded: catalogued(1, shape<Data<'MembersAdded'>>({ chat: summaryShape, added: list(memberShape) })),
  MemberRemoved: catalogued(
    1,
    shape<Data<'MemberRemoved'>>({ user_id: text, reason: literal('removed', 'left'), member_count: count }),
  ),
  RoleChanged: catalogued(
    1,
    shape<Data<'RoleChanged'>>({ user_id: text, role: roleShape, member_count: count }),
  ),
  MemberBanned: catalogued(1, shape<Data<'MemberBanned'>>({ user_id: text, by: text, member_count: count })),
  MemberUnbanned: catalogued(1, shape<Data<'MemberUnbanned'>>({ user_id: text, member_count: count })),
  DirectBlocked: catalogued(
    1,
    shape<Data<'DirectBlocked'>>({ by: text, blocked: literal(true, false), change: ordinal }),
  ),
  CallChanged: catalogued(1, callShape),
  BecameChannel: catalogued(1, shape<Data<'BecameChannel'>>({ member_count: count })),
  MessageSent: catalogued(
    1,
    shape<Data<'MessageSent'>>({ message: identityShape, body: bodyShape, silent: optional(literal(true)) }),
  ),
  MessageEdited: catalogued(
    1,
    shape<Data<'MessageEdited'>>({
      message: identityShape,
      body: bodyShape,
      edited_at_ms: count,
      reactions: reactionsShape,
    }),
  ),
  Tombstoned: catalogued(
    1,
    shape<Data<'Tombstoned'>>({
      message: identityShape,
      sent_chat_pts: ordinal,
      deleted_by: text,
      deleted_at_ms: count,
      expired: optional(literal(true)),
    }),
  ),
  ReactionSet: catalogued(
    1,
    shape<Data<'ReactionSet'>>({
      seq: ordinal,
      user_id: text,
      emoji: nullable(text),
      reactions: reactionsShape,
    }),
  ),
} satisfies Catalogue<ChatEvent>;
