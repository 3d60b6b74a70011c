/** What a query is: its parameters, the projections it reads, and the reading itself, in one snapshot. */
import type { Snapshot } from '#db/snapshot.js';
import type { Identity, SeenPositions } from '#streams/requests.js';
import type { Dto } from '#protocol/dto.js';
import type { Needs, ProjectionName } from './needs.js';

export interface QueryContext {
  readonly identity: Identity;
  readonly snapshot: Snapshot;
  readonly streamsPerFamily: number;
  /** By which is told what is due. */
  readonly nowMs: number;
}

export interface QueryAnswer<Result extends object = object> {
  readonly result: Result;
  /** Absent: what is shown has no position. */
  readonly seen?: SeenPositions;
}

export interface Query {
  readonly method: string;
  readonly params: Dto;
  readonly reads: readonly ProjectionName[];
  /** May throw `NotCovered` to be read again once that is covered, or a Refusal. */
  read(context: QueryContext, params: object): Promise<QueryAnswer>;
}

export interface QueryDefinition<Params extends object, Result extends object> {
  readonly method: string;
  readonly params: new () => Params;
  readonly reads: readonly ProjectionName[];
  readonly read: (context: QueryContext, params: Params) => Promise<QueryAnswer<Result>>;
}

export const defineQuery = <Params extends object, Result extends object>(
  definition: QueryDefinition<Params, Result>,
): Query => ({
  ...definition,
  read: (context, params) => definition.read(context, params as Params),
});

/** The snapshot does not show what the answer must stand on. */
export class NotCovered extends Error {
  override readonly name = 'NotCovered';
  constructor(readonly needs: Needs) {
    super('the snapshot does not reach what is needed');
  }
}
