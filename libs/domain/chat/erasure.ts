import { assert } from '../kernel/assert.js';
import type { ChatEvent } from './events.js';
import type { ChatDecision } from './state.js';

type WithWords = Extract<ChatEvent, { type: 'MessageSent' | 'MessageEdited' }>;

/** A person's words: the server's own have no salt, and stay. */
const holdsWords = (event: ChatEvent): event is WithWords =>
  (event.type === 'MessageSent' || event.type === 'MessageEdited') && 'salt' in event.data.body;

/** The messages whose words a decision holds. */
export const wordsIn = ({ events }: Pick<ChatDecision, 'events'>): readonly number[] =>
  events.filter(holdsWords).map(({ data }) => data.message.seq);

/** The messages that a decision deletes. */
export const deletedIn = ({ events }: Pick<ChatDecision, 'events'>): readonly number[] =>
  events.flatMap((event) => (event.type === 'Tombstoned' ? [event.data.message.seq] : []));

/**
 * Whether a decision may be erased once these messages are deleted: only whole, so when every event of it is the words of one
 * of them. Pair assertion to building: words never stand beside the member list.
 */
export function isErasable(decision: ChatDecision, deleted: ReadonlySet<number>): boolean {
  const words = decision.events.filter(holdsWords);
  assert(words.length === 0 || decision.members === undefined, 'words never stand beside the member list');
  return (
    words.length > 0 &&
    words.length === decision.events.length &&
    words.every(({ data }) => deleted.has(data.message.seq))
  );
}
