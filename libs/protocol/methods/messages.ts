/** Messages of a chat: sending and changing them, reading them. */
import type { UserContent } from '#domain/chat/events.js';
import type { MessageView } from '#domain/user-log/update.js';
import { Content } from '../content.js';
import {
  Field,
  Flag,
  Id,
  Integer,
  Integers,
  isText,
  NotBeside,
  OneOf,
  Opaque,
  Optional,
  Text,
} from '../fields.js';
import { delete_seqs_max, emoji_chars_max, expires_s_max, expires_s_min } from '../limits.js';
import { page_items_max, search_query_chars_max } from '../limits.js';

export class MessagesSendParams {
  @Id() chat_id!: string;
  /** The idempotency key of (user, chat), for ever. */
  @Id() client_msg_id!: string;
  @Content() content!: UserContent;
  @Optional() @Integer(1) reply_to_seq?: number;
  /** After so long it goes by itself, everywhere. */
  @Optional() @Integer(expires_s_min, expires_s_max) expires_in_s?: number;
  @Optional() @Flag() silent?: boolean;
}
export interface MessagesSendResult {
  readonly chat_id: string;
  readonly seq: number;
  readonly date_ms: number;
  readonly duplicate: boolean;
}

export class MessagesEditParams {
  @Id() chat_id!: string;
  @Integer(1) seq!: number;
  @Content() content!: UserContent;
  @Optional() @Id() client_request_id?: string;
}
export interface MessagesEditResult {
  readonly edited_at_ms: number;
}

export class MessagesDeleteParams {
  @Id() chat_id!: string;
  @Integers(1, 1, delete_seqs_max) seqs!: number[];
  /** `me`: whatever it is, it is hidden from all of the caller's own devices, for ever. */
  @OneOf('everyone', 'me') for!: 'everyone' | 'me';
  @Optional() @Id() client_request_id?: string;
}
export interface MessagesDeleteResult {
  /** Those that are deleted now (for the caller), by this request or before it. */
  readonly deleted: readonly number[];
}

/** Also without the variation selector that would make it fully qualified. */
const oneEmoji = /^(?:\p{RGI_Emoji}|\p{Emoji_Presentation}|\p{Extended_Pictographic}\u{fe0f}?)$/v;
const isEmoji = (value: unknown): boolean => isText(value, 1, emoji_chars_max) && oneEmoji.test(value);
const expectedEmoji = `one emoji of at most ${emoji_chars_max} characters`;

export const Emoji = (): PropertyDecorator => Field(expectedEmoji, isEmoji);

export class MessagesReactParams {
  @Id() chat_id!: string;
  @Integer(1) seq!: number;
  /** Null takes the reaction back. */
  @Field(`${expectedEmoji}, or null`, (value) => value === null || isEmoji(value))
  emoji!: string | null;
  @Optional() @Id() client_request_id?: string;
}
export type MessagesReactResult = Readonly<Record<never, never>>;

export class MessagesReadParams {
  @Id() chat_id!: string;
  @Integer(1) seq!: number;
  @Optional() @Id() client_request_id?: string;
}
export interface MessagesReadResult {
  readonly read_seq: number;
  readonly unread_count: number;
}

export class MessagesHistoryParams {
  @Id() chat_id!: string;
  /** Without any of the three: the latest. */
  @Optional() @Integer(1) before_seq?: number;
  @Optional() @NotBeside('before_seq') @Integer(0) after_seq?: number;
  /** The page in the middle of which it is: as many before it as after it, where there are. */
  @Optional() @NotBeside('before_seq') @NotBeside('after_seq') @Integer(1) around_seq?: number;
  @Optional() @Integer(1, page_items_max) limit?: number;
}
export interface MessagesHistoryResult {
  /** Ascending by seq, always. */
  readonly messages: readonly MessageView[];
  /** The page does not reach to the end that was asked for: there are older ones, or with `after_seq` newer ones. */
  readonly more: boolean;
  /** With `around_seq`: there are newer ones too. */
  readonly more_after?: boolean;
}

/** In what the caller may read now: in one chat, or in all of theirs. */
export class MessagesSearchParams {
  /** Words that all must stand in a message; the last one may be the beginning of one. Between double quotes: in this order. */
  @Text(1, search_query_chars_max) query!: string;
  @Optional() @Id() chat_id?: string;
  @Optional() @Id() from_user_id?: string;
  /** Goes with the query and the other fields that it was given for. */
  @Optional() @Opaque() cursor?: string;
  @Optional() @Integer(1, page_items_max) limit?: number;
}
export interface SearchHit {
  readonly chat_id: string;
  readonly seq: number;
  readonly sender_id: string;
  readonly date_ms: number;
  /** A part of the text; `…` stands where it goes on. */
  readonly snippet: string;
  /** What was found in the snippet, ascending, in UTF-16 units. */
  readonly highlights: readonly { readonly offset: number; readonly length: number }[];
}
export interface MessagesSearchResult {
  /** Best first. May be fewer than `limit` where there are more. */
  readonly hits: readonly SearchHit[];
  readonly next_cursor?: string;
}
