/** A user has at most this many devices signed in. */
export const devices_max = 10;
/** Failed sign-ins are told once in this time, however many there are: nobody can fill somebody else's stream. */
export const sign_in_failed_every_ms = 3_600_000;
