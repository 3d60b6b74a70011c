import { devices_max } from '#domain/account/limits.js';
import {
  chat_members_max,
  delete_seqs_max,
  expires_s_max,
  expires_s_min,
  fanout_members_max,
} from '#domain/chat/limits.js';

/** What a client may ask at most; `session.open` answers those of the first table. */
export const limits = {
  frame_bytes_max: 65_536,
  batch_max: 50,
  text_chars_max: 4_096,
  fanout_members_max,
  chat_members_max,
  presence_watch_max: 200,
  devices_max,
} as const;

export type Limits = { readonly [name in keyof typeof limits]: number };

/** Ids in one request; more are several requests. */
export const request_ids_max = 1_000;
export { delete_seqs_max, expires_s_max, expires_s_min };
export const page_items_max = 100;
export const page_items_default = 50;
/** Chats in one page of `sync.snapshot`: who begins wants all of them. */
export const snapshot_chats_max = 500;
export const difference_updates_max = 1_000;
export const difference_updates_default = 500;
/** Chats in one `sync.chats`. */
export const watermarks_max = 200;
/** Of one user, pushed live to a session: those with the latest messages. */
export const channels_followed_max = 500;
/** Of one text. */
export const entities_max = 100;
export const url_chars_max = 2_048;
export const search_query_chars_max = 128;
export const title_chars_max = 128;
export const description_chars_max = 512;
export const display_name_chars_max = 64;
export const emoji_chars_max = 32;
export const contacts_phones_max = 50;
export const envelopes_max = 100;
export const ciphertext_chars_max = 16_384;
/** Of what two devices in a call say to each other at once: a session description with all its candidates. */
export const call_payload_chars_max = 16_384;
export const cursor_chars_max = 512;
/** How long a poll may wait for something new. */
export const poll_timeout_ms_max = 60_000;
export const poll_timeout_ms_default = 30_000;
export const ticket_chars_max = 1_024;
