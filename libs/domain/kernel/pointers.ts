import { assert } from './assert.js';
import { since_max, type DecisionHeader } from './decision.js';

/**
 * What a writer knows of the head of an aggregate that carries its whole state now and then, so that the next decision can
 * point at what a reader needs. Inside a batch that is being built the places are positions in it; `resolvePointers` makes
 * them sequences once the store has answered.
 */
export interface Pointers {
  readonly stateAt: Place;
  /** The decisions after `stateAt` up to the head, oldest first, at most `since_max`. */
  readonly since: readonly Place[];
  readonly membersAt: Place;
  /** Decisions built for the batch so far. */
  readonly built: number;
}

/** A sequence of the stream, or a position in the batch, from 0. */
export type Place = { readonly sequence: number } | { readonly position: number };

/** What a decision carries itself; null pointers: it is the aggregate's first. One without members carries all it has of them. */
export interface Carried {
  readonly state: boolean;
  readonly members: boolean;
}

/** The pointers of a loaded head, which stands at `sequence` and carries `header`. */
export function pointersOfHead(sequence: number, header: DecisionHeader): Pointers {
  const place = (pointer: number): Place => ({ sequence: pointer > 0 ? pointer : sequence + pointer });
  return {
    stateAt: place(header.state_at),
    since: header.state_at === 0 ? [] : [...header.since.map(place), { sequence }],
    membersAt: place(header.members_at),
    built: 0,
  };
}

/** The whole state is carried when the decisions after it, this one included, would be more than `since_max`. */
export const mustCarryState = (pointers: Pointers | null): boolean =>
  pointers === null || pointers.since.length >= since_max;

/** The header of the next decision of the batch, and the pointers once it is the head. */
export function nextHeader(
  pointers: Pointers | null,
  carried: Carried,
): { readonly header: DecisionHeader; readonly pointers: Pointers } {
  const built = pointers?.built ?? 0;
  const own: Place = { position: built };
  const stateAt = carried.state ? own : pointers?.stateAt;
  const membersAt = carried.members ? own : pointers?.membersAt;
  assert(stateAt !== undefined && membersAt !== undefined, 'a first decision carries state and members');
  const since = carried.state ? [] : (pointers?.since ?? []);
  const stored = (place: Place): number => ('sequence' in place ? place.sequence : place.position - built);
  return {
    header: { state_at: stored(stateAt), since: since.map(stored), members_at: stored(membersAt) },
    pointers: { stateAt, since: carried.state ? [] : [...since, own], membersAt, built: built + 1 },
  };
}

/** The batch was stored from `firstSequence` on, side by side: every place is a sequence again. */
export function resolvePointers(pointers: Pointers, firstSequence: number): Pointers {
  const place = (at: Place): Place => ('sequence' in at ? at : { sequence: firstSequence + at.position });
  return {
    stateAt: place(pointers.stateAt),
    since: pointers.since.map(place),
    membersAt: place(pointers.membersAt),
    built: 0,
  };
}
