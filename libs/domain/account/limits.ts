/** A user has at most this many devices signed in. */
export const devices_max = 10;
