/** A chat of any kind, channels included, has at most this many members. */
export const chat_members_max = 10_000;
/** A chat whose happenings are copied into every member's log has at most this many members. */
export const fanout_members_max = 500;
/** So many are banned from a chat at most: their ids stand in the chat's state. */
export const chat_bans_max = 1_000;
/** One event tells of at most this many who join: their entries fit one batch of a stream of users' logs. */
export const added_members_max = 500;

/** A call that nobody answers ends after this time. */
export const call_ring_ms_default = 60_000;
/** Nobody talks for longer: the devices of both are gone. */
export const call_ms_max = 86_400_000;

/** What may be given otherwise. */
export interface ChatLimits {
  readonly fanout_members_max: number;
  readonly call_ring_ms: number;
  readonly call_ms_max: number;
}
export const chat_limits: ChatLimits = {
  fanout_members_max,
  call_ring_ms: call_ring_ms_default,
  call_ms_max,
};
/** One command deletes at most this many messages. */
export const delete_seqs_max = 100;
/** A message shows at most this many different emojis. */
export const reactions_distinct_max = 20;
/** A message that goes by itself does so after this time at the earliest, and at the latest: a year. */
export const expires_s_min = 1;
export const expires_s_max = 31_536_000;
