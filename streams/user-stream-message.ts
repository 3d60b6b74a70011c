/** The messages of a USER stream as stored: entries of many users, and the positions of the stream's one writer. */
import { assert } from '#domain/kernel/assert.js';
import type { UserLogEntry } from '#domain/user-log/entry.js';
import { StoreDamaged } from './event-store.js';
import type { StoredMessage } from './stored-message.js';
import { idOfSubject, timelineSubject, userSubject } from './subjects.js';
import type { TimelinePosition } from './timeline-position.js';

/** One entry by its place in its USER stream. */
export interface StoredEntry {
  readonly user_id: string;
  readonly sequence: number;
  readonly entry: UserLogEntry;
}

/** What stands in a USER stream: entries of many users, and its writer's positions. */
export type UserStreamMessage =
  | ({ readonly kind: 'entry' } & StoredEntry)
  | { readonly kind: 'position'; readonly sequence: number; readonly position: TimelinePosition };

/** A message to be appended. `afterSequence` makes the store check that the subject's last message stands there. */
export interface NewUserMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly afterSequence?: number;
}

const encoder = new TextEncoder();

export const newEntry = (userId: string, entry: UserLogEntry, afterSequence?: number): NewUserMessage => ({
  subject: userSubject(userId),
  data: encoder.encode(JSON.stringify(entry)),
  ...(afterSequence === undefined ? {} : { afterSequence }),
});

export const newPosition = (stream: string, position: TimelinePosition): NewUserMessage => ({
  subject: timelineSubject(stream),
  data: encoder.encode(JSON.stringify(position)),
});

/** Throws StoreDamaged on anything that is neither an entry nor a position. */
export function decodeUserStreamMessage(stream: string, message: StoredMessage): UserStreamMessage {
  return message.subject === timelineSubject(stream)
    ? { kind: 'position', sequence: message.sequence, position: decodePosition(message) }
    : { kind: 'entry', ...decodeEntry(message) };
}

export function decodeEntry(message: StoredMessage): StoredEntry {
  const entry = parsed(message) as UserLogEntry;
  const whole =
    entry.format === 1 &&
    Number.isSafeInteger(entry.pts) &&
    typeof entry.kind === 'string' &&
    typeof entry.hash === 'string' &&
    typeof entry.source === 'object';
  if (!whole) throw new StoreDamaged(`${message.subject} at ${message.sequence} is not an entry`);
  return { user_id: idOfSubject(message.subject), sequence: message.sequence, entry };
}

export function decodePosition(message: StoredMessage): TimelinePosition {
  const position = parsed(message) as TimelinePosition;
  if (position.format !== 1 || typeof position.positions !== 'object') {
    throw new StoreDamaged(`${message.subject} at ${message.sequence} is not a position`);
  }
  return position;
}

function parsed(message: StoredMessage): object {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(message.data));
    assert(typeof value === 'object' && value !== null, 'an object');
    return value;
  } catch {
    // The parser's own message would quote what it read.
    throw new StoreDamaged(`${message.subject} at ${message.sequence} is not JSON`);
  }
}
