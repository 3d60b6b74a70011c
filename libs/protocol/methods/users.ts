/** People: their profiles, and what one keeps from others. */
import { about_chars_max } from '#domain/account/limits.js';
import type { Audience, Privacy } from '#domain/account/events.js';
import { Field, Id, Integer, isText, OneOf, Opaque, Optional, RequiredUnless, Text } from '../fields.js';
import { display_name_chars_max, page_items_max } from '../limits.js';

export interface UserView {
  readonly user_id: string;
  readonly display_name: string;
  /** What they say of themselves; absent: nothing. Lists of people are without it. */
  readonly about?: string;
}

export class UsersGetParams {
  @Id() user_id!: string;
}
export interface UsersGetResult {
  readonly user: UserView;
}

/** The caller's own; what is not named stays as it is. Null or nothing takes the words about oneself away. */
export class UsersUpdateParams {
  @RequiredUnless('about') @Text(1, display_name_chars_max) display_name?: string;
  @Optional()
  @Field(
    `null, or a text of at most ${about_chars_max} characters without NUL`,
    (value) => value === null || isText(value, 0, about_chars_max),
  )
  about?: string | null;
  @Optional() @Id() client_request_id?: string;
}
/** As it is then. */
export interface UsersUpdateResult {
  readonly user: UserView;
}

/** Repeating it changes nothing. */
export class UsersSetPrivacyParams {
  @OneOf('everybody', 'contacts', 'nobody') last_seen!: Audience;
  @Optional() @Id() client_request_id?: string;
}
export type UsersSetPrivacyResult = Readonly<Record<never, never>>;

export class UsersGetPrivacyParams {}
export type UsersGetPrivacyResult = Privacy;

/** The other can send nothing into the direct chat of the two, nor make one; groups are as before. Repeating it changes nothing. */
export class UsersBlockParams {
  @Id() user_id!: string;
  @Optional() @Id() client_request_id?: string;
}
export type UsersBlockResult = Readonly<Record<never, never>>;

export class UsersUnblockParams {
  @Id() user_id!: string;
  @Optional() @Id() client_request_id?: string;
}
export type UsersUnblockResult = Readonly<Record<never, never>>;

export class UsersBlockedParams {
  @Optional() @Opaque() cursor?: string;
  @Optional() @Integer(1, page_items_max) limit?: number;
}
export interface UsersBlockedResult {
  /** By user id. */
  readonly blocked: readonly (UserView & { readonly blocked_at_ms: number })[];
  readonly next_cursor?: string;
}
