import type { StoredEvent } from './decision.js';

/** An event as a decider answers it: its id, version and chat_pts are stamped when the decision is built. */
export type NewEvent<E extends StoredEvent> = E extends StoredEvent ? Pick<E, 'type' | 'data'> : never;
