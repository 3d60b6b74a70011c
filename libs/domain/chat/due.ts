import type { MessageIdentity } from './events.js';

/**
 * A message may be sent to go by itself at a time. From then on nobody is shown it, whether its tombstone stands already or not; the
 * tombstone follows, and takes it out of every store.
 */
export const isDue = ({ expires_at_ms }: Pick<MessageIdentity, 'expires_at_ms'>, nowMs: number): boolean =>
  expires_at_ms !== undefined && expires_at_ms <= nowMs;
