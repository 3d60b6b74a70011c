/** Who is there: told to whoever watches, as long as their session lasts. */
import { Ids, OneOf } from '../fields.js';
import { limits } from '../limits.js';

export const presenceStatuses = ['online', 'offline'] as const;
export type PresenceStatus = (typeof presenceStatuses)[number];

export interface PresenceView {
  readonly user_id: string;
  readonly status: PresenceStatus;
  /** When they were there last, if they are not, and if that is known and theirs to see. */
  readonly last_seen_ms?: number;
}

/** In place of those watched before; none: nobody. */
export class PresenceWatchParams {
  @Ids(0, limits.presence_watch_max) user_ids!: string[];
}
export interface PresenceWatchResult {
  /** In the order asked. */
  readonly presence: readonly PresenceView[];
}

export class PresenceSetParams {
  /** `offline`: nobody looks at this device, whose session goes on; others may make the user online. */
  @OneOf(...presenceStatuses) status!: PresenceStatus;
}
export type PresenceSetResult = Readonly<Record<never, never>>;
