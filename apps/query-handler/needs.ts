/** Positions that read models must have reached before an answer may be read from them (docs/adr/0005). */
import type { SeenPositions } from '#streams/requests.js';

export type ProjectionName = 'chats' | 'user_log' | 'accounts' | 'device_cursors' | 'search' | 'receipts';

export interface Needs {
  /** Checkpoints, by projection and stream. */
  readonly projected: readonly {
    readonly projection: ProjectionName;
    readonly stream: string;
    readonly sequence: number;
  }[];
  /** Sources whose entries the user's log must show. */
  readonly logged: readonly {
    readonly user_stream: string;
    readonly source_stream: string;
    readonly sequence: number;
  }[];
}

const projectionsOfFamily: Readonly<Record<string, readonly ProjectionName[]>> = {
  CHAT: ['chats', 'search'],
  ACCOUNT: ['accounts'],
  RECEIPT: ['receipts'],
};

/** What a session that has seen this needs of the projections that a query reads. */
export function needsOf(seen: SeenPositions, reads: readonly ProjectionName[], user_stream: string): Needs {
  const shown = [...Object.entries(seen.projected), ...receiptsOf(seen)];
  const projected = shown.flatMap(([stream, sequence]) => {
    const projections = projectionsOfFamily[stream.split('_')[0]!] ?? [];
    return projections
      .filter((projection) => reads.includes(projection))
      .map((projection) => ({ projection, stream, sequence }));
  });
  if (!reads.includes('user_log')) return { projected, logged: [] };
  const logged = Object.entries(seen.logged).map(([source_stream, sequence]) => {
    return { user_stream, source_stream, sequence };
  });
  return { projected, logged };
}

/** Sessions know receipts by the entries that they make. */
const receiptsOf = ({ logged }: SeenPositions) =>
  Object.entries(logged).filter(([stream]) => stream.startsWith('RECEIPT_'));

export interface Positions {
  coveredTo(projection: string, stream: string): number;
  loggedTo(userStream: string, sourceStream: string): number;
}

export const isCovered = ({ projected, logged }: Needs, positions: Positions): boolean =>
  projected.every((need) => positions.coveredTo(need.projection, need.stream) >= need.sequence) &&
  logged.every((need) => positions.loggedTo(need.user_stream, need.source_stream) >= need.sequence);
