/**
 * Where a run of records may be cut into transactions. What one decision gave a user belongs together: a read model that
 * shows one of its entries says of the whole decision that it is there (docs/adr/0005).
 */
import type { ProjectedRecord } from '#projections/define-projection.js';
import type { UserLogEntry } from '#domain/user-log/entry.js';

export interface SizedRecord {
  readonly record: ProjectedRecord;
  readonly bytes: number;
}

export const batch_bytes_max = 4_194_304;
/** One atomic batch of the timeline; more of one decision are batches of their own there too. */
export const held_records_max = 1_000;

/**
 * `held` is what the next records may still belong to: none when nothing is pending, and no more than the maximum. With 0
 * as the maximum of bytes a batch is no more than what belongs together.
 */
export function cutBatches(
  records: readonly SizedRecord[],
  isMorePending: boolean,
  bytesMax = batch_bytes_max,
): { batches: ProjectedRecord[][]; held: SizedRecord[] } {
  const groups = groupBySource(records);
  const last = groups.at(-1);
  const held =
    isMorePending && last && isEntry(last[0]!) && last.length < held_records_max ? groups.pop()! : [];
  const batches: ProjectedRecord[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const group of groups) {
    const groupBytes = group.reduce((sum, one) => sum + one.bytes, 0);
    if (bytes + groupBytes > bytesMax) {
      batches.push([]);
      bytes = 0;
    }
    bytes += groupBytes;
    batches.at(-1)!.push(...group.map(({ record }) => record));
  }
  return { batches, held };
}

/** Decisions stand alone; entries of one source stand with their neighbours. */
function groupBySource(records: readonly SizedRecord[]): SizedRecord[][] {
  const groups: SizedRecord[][] = [];
  let before: UserLogEntry['source'] | null = null;
  for (const one of records) {
    const source = sourceOf(one);
    const same = source && before && source.stream === before.stream && source.sequence === before.sequence;
    if (same) groups.at(-1)!.push(one);
    else groups.push([one]);
    before = source;
  }
  return groups;
}

function sourceOf({ record }: SizedRecord): UserLogEntry['source'] | null {
  const [event] = record.events;
  return event?.type === 'EntryAppended' ? (event as unknown as { entry: UserLogEntry }).entry.source : null;
}

const isEntry = (one: SizedRecord): boolean => sourceOf(one) !== null;
