/**
 * What a projection is: the tables of one version, folded from the streams of one family. It may be built several times, each
 * build in a schema of its own.
 *
 * A batch is folded in three steps: `load` the rows that it touches, `apply` each event to them in memory and in order,
 * `save` what changed in bulk. Folding what the tables hold already changes nothing.
 */
import type { Kysely } from 'kysely';
import type { DB } from '#db/tables.js';
import type { Actor, Decision } from '#domain/kernel/decision.js';

export type ProjectedFamily = 'CHAT' | 'RECEIPT' | 'ACCOUNT' | 'USER';

/** One stored message of a family's stream, decoded, its events in their present version. */
export interface ProjectedRecord<Event extends EventLike = EventLike> {
  readonly stream: string;
  readonly sequence: number;
  /** What its subject ends with. */
  readonly aggregate_id: string;
  readonly events: readonly Event[];
  /** The same as they are stored; absent when all of them are of their present version. */
  readonly stored?: readonly EventLike[];
  /** Null in USER streams, which hold entries. */
  readonly decision: Pick<Decision, 'decision_id' | 'meta' | 'request'> | null;
}

export interface EventLike {
  readonly type: string;
}

/** Where an event stands, and who decided it when. */
export interface Place {
  readonly stream: string;
  readonly sequence: number;
  /** Counts the record's events from 0. */
  readonly index: number;
  readonly aggregate_id: string;
  readonly occurred_at_ms: number;
  readonly actor: Actor;
  /** The event as it is stored: of an older version, maybe. */
  readonly stored: EventLike;
}

export interface ProjectionDefinition<Event extends EventLike, State> {
  readonly name: string;
  readonly version: number;
  readonly family: ProjectedFamily;
  /** Bare names, within a build's schema. */
  readonly tables: readonly string[];
  readonly load: (
    tx: Kysely<DB>,
    schema: string,
    records: readonly ProjectedRecord<Event>[],
  ) => Promise<State>;
  /** Pure but for `state`. The handled types are its keys. */
  readonly apply: {
    readonly [Type in Event['type']]?: (
      state: State,
      event: Extract<Event, { readonly type: Type }>,
      place: Place,
    ) => void;
  };
  /** Before a record's events, for what is about the whole decision. */
  readonly applyRecord?: (state: State, record: ProjectedRecord<Event>) => void;
  readonly save: (tx: Kysely<DB>, state: State) => Promise<void>;
}

/** A definition with its types closed over, as the runner needs it. */
export interface Projection {
  readonly name: string;
  readonly version: number;
  readonly family: ProjectedFamily;
  readonly tables: readonly string[];
  /** Into the build that has the schema. */
  fold(tx: Kysely<DB>, schema: string, records: readonly ProjectedRecord[]): Promise<void>;
}

export function defineProjection<Event extends EventLike, State>(
  definition: ProjectionDefinition<Event, State>,
): Projection {
  const { name, version, family, tables } = definition;
  return {
    name,
    version,
    family,
    tables,
    fold: async (tx, schema, records) => {
      // The catalogue's decoding has made sure that a family's stream holds that family's events.
      const typed = records as readonly ProjectedRecord<Event>[];
      const state = await definition.load(tx, schema, typed);
      for (const record of typed) applyOne(definition, state, record);
      await definition.save(tx, state);
    },
  };
}

const nobody: Actor = { user_id: null, device_id: null };

function applyOne<Event extends EventLike, State>(
  { apply, applyRecord }: ProjectionDefinition<Event, State>,
  state: State,
  record: ProjectedRecord<Event>,
): void {
  applyRecord?.(state, record);
  const { stream, sequence, aggregate_id, decision } = record;
  const { occurred_at_ms, actor } = decision?.meta ?? { occurred_at_ms: 0, actor: nobody };
  for (const [index, event] of record.events.entries()) {
    const handler = apply[event.type as Event['type']];
    const stored = record.stored?.[index] ?? event;
    const place = { stream, sequence, index, aggregate_id, occurred_at_ms, actor, stored };
    handler?.(state, event as Extract<Event, { readonly type: Event['type'] }>, place);
  }
}
