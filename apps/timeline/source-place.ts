/**
 * How far a USER stream's writer has come in one source: everything up to event `index` of the message at `sequence`
 * is written. `whole_message` as index: the message with all its events.
 */
export interface SourcePlace {
  readonly sequence: number;
  readonly index: number;
}

/** Source stream → the place up to which all entries are written, or are in the batch that is being made. */
export type SourcePlaces = ReadonlyMap<string, SourcePlace>;

export const whole_message = Number.MAX_SAFE_INTEGER;
const nothing: SourcePlace = { sequence: 0, index: whole_message };

export const placeIn = (places: SourcePlaces, stream: string): SourcePlace => places.get(stream) ?? nothing;

export function isAtOrBefore(one: SourcePlace, other: SourcePlace): boolean {
  return one.sequence < other.sequence || (one.sequence === other.sequence && one.index <= other.index);
}

/** The first message that has something left: the one a reader starts with. */
export const firstUnread = ({ sequence, index }: SourcePlace): number =>
  index === whole_message ? sequence + 1 : sequence;
