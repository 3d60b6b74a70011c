/** Chats and their members. Every method that changes something may carry a `client_request_id` (a UUID). */
import type { ChatView } from '#domain/user-log/update.js';
import type { HistoryShown, Role } from '#domain/chat/events.js';
import { Nested } from '../validate.js';
import {
  Field,
  Flag,
  Id,
  Ids,
  Integer,
  isInteger,
  isText,
  Opaque,
  Optional,
  OneOf,
  Text,
} from '../fields.js';
import { isUuid } from '#domain/kernel/ids.js';
import { description_chars_max, page_items_max, request_ids_max, title_chars_max } from '../limits.js';

export class ChatsCreateParams {
  @OneOf('direct', 'group', 'channel') kind!: 'direct' | 'group' | 'channel';
  /** Direct: the other person alone. Group and channel: everybody but the caller, who is a member anyway. */
  @Ids(0, request_ids_max)
  @Field(
    'one id when kind is direct',
    (value, params) => params['kind'] !== 'direct' || (Array.isArray(value) && value.length === 1),
  )
  member_ids!: string[];
  @Optional() @Text(1, title_chars_max) title?: string;
  @Optional() @Text(1, description_chars_max) description?: string;
  /** What those who are added later see of before. */
  @Optional() @OneOf('joined', 'all') history?: HistoryShown;
  /** Left out by a client, the edge makes one: the request can then not be repeated for the same chat. */
  @Id() client_request_id!: string;
}

const roles = ['owner', 'admin', 'member'] as const;

/** From that role up; what is left out stays as it is. */
export class PermissionsParams {
  @Optional() @OneOf(...roles) send?: Role;
  @Optional() @OneOf(...roles) add_members?: Role;
  @Optional() @OneOf(...roles) change_info?: Role;
}

/** What is left out stays as it is. */
export class ChatsUpdateParams {
  @Id() chat_id!: string;
  @Optional() @Text(1, title_chars_max) title?: string;
  @Optional()
  @Field(
    `a text of 1 to ${description_chars_max} characters without NUL, or null`,
    (value) => value === null || isText(value, 1, description_chars_max),
  )
  description?: string | null;
  /** The clients' own to find and to show: there is no store of media that it could be looked up in. */
  @Optional()
  @Field('a UUID in lower-case text, or null', (value) => value === null || isUuid(value))
  photo_media_id?: string | null;
  @Optional()
  @Nested('{send?, add_members?, change_info?}', () => PermissionsParams)
  permissions?: PermissionsParams;
  /** For those who join from then on. */
  @Optional() @OneOf('joined', 'all') history?: HistoryShown;
  @Optional() @Id() client_request_id?: string;
}

export class ChatsGetParams {
  @Id() chat_id!: string;
}

/** The answer of every method that changes a chat or its members. */
export interface ChatResult {
  readonly chat: ChatView;
}

export class ChatsListParams {
  @Optional() @Opaque() cursor?: string;
  @Optional() @Integer(1, page_items_max) limit?: number;
  @Optional() @Flag() archived?: boolean;
}
export interface ChatsListResult {
  /** The one with the latest message first. */
  readonly chats: readonly ChatView[];
  readonly next_cursor?: string;
}

export class ChatsMembersParams {
  @Id() chat_id!: string;
  @Optional() @Opaque() cursor?: string;
  @Optional() @Integer(1, page_items_max) limit?: number;
}
export interface ChatsMembersResult {
  readonly members: readonly {
    readonly user_id: string;
    readonly role: Role;
    readonly joined_at_ms: number;
  }[];
  readonly next_cursor?: string;
}

export class ChatsAddMembersParams {
  @Id() chat_id!: string;
  @Ids(1, request_ids_max) user_ids!: string[];
  @Optional() @Id() client_request_id?: string;
}

export class ChatsRemoveMemberParams {
  @Id() chat_id!: string;
  @Id() user_id!: string;
  @Optional() @Id() client_request_id?: string;
}

/** The owner who makes somebody else the owner is an admin from there on. */
export class ChatsSetRoleParams {
  @Id() chat_id!: string;
  @Id() user_id!: string;
  @OneOf(...roles) role!: Role;
  @Optional() @Id() client_request_id?: string;
}

/** A member is removed by it; who is none may be banned, too. */
export class ChatsBanParams {
  @Id() chat_id!: string;
  @Id() user_id!: string;
  @Optional() @Id() client_request_id?: string;
}

export class ChatsUnbanParams {
  @Id() chat_id!: string;
  @Id() user_id!: string;
  @Optional() @Id() client_request_id?: string;
}

export class ChatsBannedParams {
  @Id() chat_id!: string;
  @Optional() @Opaque() cursor?: string;
  @Optional() @Integer(1, page_items_max) limit?: number;
}
export interface ChatsBannedResult {
  /** By user id. */
  readonly banned: readonly {
    readonly user_id: string;
    readonly banned_by: string;
    readonly banned_at_ms: number;
  }[];
  readonly next_cursor?: string;
}

/** Until a time; null, or a time that is over, ends it. */
export class ChatsSetMutedParams {
  @Id() chat_id!: string;
  @Field('an integer from 0, or null', (value) => value === null || isInteger(value, 0)) until_ms!:
    number | null;
  @Optional() @Id() client_request_id?: string;
}
export type ChatsSetMutedResult = Readonly<Record<never, never>>;

export class ChatsSetArchivedParams {
  @Id() chat_id!: string;
  @Flag() archived!: boolean;
  @Optional() @Id() client_request_id?: string;
}
export type ChatsSetArchivedResult = Readonly<Record<never, never>>;

export class ChatsSetPinnedParams {
  @Id() chat_id!: string;
  @Flag() pinned!: boolean;
  @Optional() @Id() client_request_id?: string;
}
export type ChatsSetPinnedResult = Readonly<Record<never, never>>;

export class ChatsLeaveParams {
  @Id() chat_id!: string;
  @Optional() @Id() client_request_id?: string;
}
/** The chat as the caller saw it last; after a repeated request its id alone, for nothing else may be seen any more. */
export interface ChatsLeaveResult {
  readonly chat: ChatView | Pick<ChatView, 'chat_id'>;
}
