/** A user has at most this many devices signed in. */
export const devices_max = 10;
/** Failed sign-ins are told once in this time, however many there are: nobody can fill somebody else's stream. */
export const sign_in_failed_every_ms = 3_600_000;
/** A user has at most this many others blocked: the list stands in the account's state. */
export const blocked_users_max = 1_000;
/** A user has at most this many chats that are muted, archived or pinned: they stand in the account's state. */
export const set_chats_max = 1_000;
export const pinned_chats_max = 10;

/** A user has at most this many contacts: whole, they fit one message of NATS, whatever they are called. */
export const contacts_max = 2_000;
export const nickname_chars_max = 64;
export const about_chars_max = 140;

/**
 * For so long after its sign-in a device may not sign out those that were there before it: who got hold of a code shall not
 * throw the owner out with it, who is told of the sign-in meanwhile.
 */
export const new_device_ms = 24 * 3_600_000;
