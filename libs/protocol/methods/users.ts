/** People: one's profile, and who of one's phone book is here. */
import { Field, Id, Integer, isArray, Opaque, Optional } from '../fields.js';
import { contacts_phones_max, page_items_max } from '../limits.js';

export interface UserView {
  readonly user_id: string;
  readonly display_name: string;
}

export class UsersGetParams {
  @Id() user_id!: string;
}
export interface UsersGetResult {
  readonly user: UserView;
}

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

/** The shape of E.164: a plus sign and 7 to 15 digits, none of them a leading zero. */
export const phonePattern = /^\+[1-9]\d{6,14}$/;

export class ContactsSyncParams {
  @Field(
    `1 to ${contacts_phones_max} phone numbers in E.164`,
    (value) =>
      isArray(value, 1, contacts_phones_max) &&
      value.every((phone) => typeof phone === 'string' && phonePattern.test(phone)),
  )
  phones!: string[];
}
export interface ContactsSyncResult {
  readonly contacts: readonly (UserView & { readonly phone: string })[];
}
/** What the query is asked and answers: it knows keyed hashes only, numbers stay at the edge. */
export interface ContactsSyncQuery {
  readonly phone_hashes: readonly string[];
}
export interface ContactsSyncAnswer {
  readonly contacts: readonly (UserView & { readonly phone_hash: string })[];
}
