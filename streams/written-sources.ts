import type { TimelinePosition } from './timeline-position.js';
import type { UserLog } from './user-log.js';

/**
 * Source stream → the last sequence that a USER stream tells of: by the positions saved last, and by the entries behind them.
 * Throws as `UserLog` does.
 */
export async function writtenSources(
  log: Pick<UserLog, 'savedPosition' | 'lastSequence' | 'scan'>,
  stream: string,
): Promise<ReadonlyMap<string, number>> {
  const saved = await log.savedPosition(stream);
  const lastSequence = await log.lastSequence(stream);
  const written = new Map<string, number>();
  const raise = (source: string, sequence: number) =>
    written.set(source, Math.max(written.get(source) ?? 0, sequence));
  const raiseAll = ({ positions }: TimelinePosition) => {
    for (const [source, sequence] of Object.entries(positions)) raise(source, sequence);
  };
  if (saved !== null) raiseAll(saved.position);
  for await (const page of log.scan(stream, (saved?.sequence ?? 0) + 1, lastSequence)) {
    for (const message of page) {
      if (message.kind === 'position') raiseAll(message.position);
      else raise(message.entry.source.stream, message.entry.source.sequence);
    }
  }
  return written;
}
