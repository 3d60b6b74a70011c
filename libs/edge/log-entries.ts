import { nothingSeen, type SeenPositions } from '#streams/requests.js';
import type { StoredEntry } from '#streams/user-stream-message.js';
import type { FarLog, FarRead } from './far-log.js';
import { positionAt, type LogPosition } from './log-position.js';
import type { LogReader } from './log-reader.js';
import type { StreamEnds } from './stream-ends.js';

/**
 * From so many stream messages before its end on, a log is read from the read model. Reading one subject of a stream costs
 * the stream's server by that distance, and whoever writes to it waits meanwhile (docs/adr/0014).
 */
export const far_distance_messages_min = 10_000;

export interface ReadOptions {
  /** What entries refer to comes along where that costs no request of its own. */
  readonly events?: boolean;
  readonly seen?: SeenPositions;
}

const nothingReferredTo: FarRead['referredTo'] = new Map();

/** Users' entries, from where they cost least: the stream near its end, the read model far from it. Errors as of both. */
export class LogEntries {
  constructor(
    private readonly reader: LogReader,
    private readonly far: FarLog,
    private readonly ends: StreamEnds,
    private readonly farDistanceMin: number = far_distance_messages_min,
  ) {}

  async isFar(userId: string, { sequence }: LogPosition): Promise<boolean> {
    return (await this.endOf(userId)) - sequence >= this.farDistanceMin;
  }

  /** Right after the position; perhaps fewer than `max`, although there are more. */
  async after(
    userId: string,
    position: LogPosition,
    max: number,
    { events = false, seen = nothingSeen }: ReadOptions = {},
  ): Promise<FarRead> {
    const end = await this.endOf(userId);
    if (end - position.sequence >= this.farDistanceMin) {
      const request = { max, events, seen, end, tailMax: this.farDistanceMin };
      return this.far.entriesAfter(userId, position, request);
    }
    const read = await this.reader.entriesAfter(userId, position, max);
    return { ...read, referredTo: nothingReferredTo };
  }

  /** Page by page, until there are no more or `max` were read. */
  async *pages(userId: string, position: LogPosition, max: number): AsyncGenerator<readonly StoredEntry[]> {
    let [at, left, more] = [position, max, true];
    while (more && left > 0) {
      const read = await this.after(userId, at, left);
      const last = read.entries.at(-1);
      if (last === undefined) return;
      yield read.entries;
      [at, left, more] = [positionAt(last), left - read.entries.length, read.more];
    }
  }

  private endOf(userId: string): Promise<number> {
    return this.ends.endOf(this.reader.streamOf(userId));
  }
}
