/**
 * A day in the life of somebody who is connected, in shares as messengers publish and researchers count them: some fifty messages sent a day,
 * most of them in a few waking hours, most in chats of two; each shown to be typed before, most read, a session of some ten
 * minutes before the network changes. Per minute, at tempo 1; a tempo of 10 is ten such people in one connection.
 */
export const day = {
  sends_per_min: 1,
  /** Of what is sent. */
  to_group_part: 0.3,
  typings_per_min: 1,
  histories_per_min: 0.2,
  reconnects_per_min: 0.1,
  /** How long somebody is away in between. */
  away_ms: 3_000,
  /** Of what arrives, and how long after. */
  read_part: 0.5,
  read_after_ms: 1_000,
  /** What has arrived is acknowledged together. */
  acknowledge_after_ms: 500,
  group_members: 20,
} as const;

/** Deliveries that a message makes, on the average: all others of its chat are there. */
export const deliveries_per_send = 1 - day.to_group_part + day.to_group_part * (day.group_members - 1);

/** Until the next one, when there are so many a minute, at random. */
export const untilNextMs = (per_min: number, random: () => number): number =>
  (-Math.log(1 - random()) * 60_000) / per_min;
