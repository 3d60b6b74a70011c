/**
 * What the fuzzer knows of the installation: ids of its users' things and of other people's, and whatever answers gave it. Fields
 * are filled from here, so that inputs get past the checks of their shape.
 */
import type { Random } from '../../support/random.js';

/** Of each kind, the latest. */
const kept_max = 100;

const kinds = [
  'chat_id',
  'user_id',
  'device_id',
  'media_id',
  'key',
  'sync_token',
  'cursor',
  'access_token',
  'refresh_token',
  'opaque',
  'phone',
] as const;
export type Kind = (typeof kinds)[number];

const ofMember: Readonly<Record<string, Kind>> = {
  chat_id: 'chat_id',
  user_id: 'user_id',
  sender_id: 'user_id',
  device_id: 'device_id',
  sender_device_id: 'device_id',
  client_msg_id: 'key',
  sync_token: 'sync_token',
  next_cursor: 'cursor',
  access_token: 'access_token',
  refresh_token: 'refresh_token',
  ticket: 'opaque',
  qr_token: 'opaque',
};
const answer_depth_max = 6;

export class Known {
  private readonly all = Object.fromEntries(kinds.map((kind) => [kind, [] as string[]])) as Record<
    Kind,
    string[]
  >;

  add(kind: Kind, ...values: readonly string[]): void {
    const kept = this.all[kind];
    kept.push(...values.filter((value) => !kept.includes(value)));
    if (kept.length > kept_max) kept.splice(0, kept.length - kept_max);
  }

  pick(kind: Kind, chance: Random): string {
    const kept = this.all[kind];
    return kept.length === 0 ? 'AQ' : chance.pick(kept);
  }

  /** The last to have been added, which is the easiest to have something in common with. */
  latest(kind: Kind): string | undefined {
    return this.all[kind].at(-1);
  }

  /** From an answer, wherever in it. */
  learn(answer: unknown, depth = answer_depth_max): void {
    if (depth === 0 || answer === null || typeof answer !== 'object') return;
    for (const [name, value] of Object.entries(answer)) {
      const kind = ofMember[name];
      if (kind !== undefined && typeof value === 'string') this.add(kind, value);
      else this.learn(value, depth - 1);
    }
  }
}
