/** Whom the caller calls what, and who of their phone book is here. */
import { nickname_chars_max } from '#domain/account/limits.js';
import { Field, Id, Integer, isArray, isText, Opaque, Optional } from '../fields.js';
import { contacts_phones_max, page_items_max } from '../limits.js';
import type { UserView } from './users.js';

/** The shape of E.164: a plus sign and 7 to 15 digits, none of them a leading zero. */
export const phonePattern = /^\+[1-9]\d{6,14}$/;

/** Null: no contact any more. Empty: a contact who goes by their own name. Nobody but the caller is told. Repeating it changes nothing. */
export class ContactsSetParams {
  @Id() user_id!: string;
  @Field(
    `null, or a text of at most ${nickname_chars_max} characters without NUL`,
    (value) => value === null || isText(value, 0, nickname_chars_max),
  )
  nickname!: string | null;
  @Optional() @Id() client_request_id?: string;
}
export type ContactsSetResult = Readonly<Record<never, never>>;

export class ContactsListParams {
  @Optional() @Opaque() cursor?: string;
  @Optional() @Integer(1, page_items_max) limit?: number;
}
export interface ContactsListResult {
  /** By user id. */
  readonly contacts: readonly (UserView & { readonly nickname: string })[];
  readonly next_cursor?: string;
}

/** Makes nobody a contact. */
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
