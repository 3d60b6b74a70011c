import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { DirectGet } from '#streams/direct-get.js';
import type { StreamStanding } from '#streams/stream-standing.js';
import { timelineSubject } from '#streams/subjects.js';
import type { TimelinePosition } from '#streams/timeline-position.js';
import { UserLog } from '#streams/user-log.js';
import { decodePosition, newPosition } from '#streams/user-stream-message.js';

const positions_page_max = 500;
const deletions_in_flight_max = 64;
const nothing: Kept = { sequence: 0, position: { format: 1, positions: {} } };

/** Positions that were saved at a place of a USER stream: up to there it tells of nothing beyond them. */
interface Kept {
  readonly sequence: number;
  readonly position: TimelinePosition;
}

/**
 * Takes from a USER stream what tells of source messages that are lost, or may: everything behind the last positions saved
 * that are not beyond the sources' ends. Then saves those positions anew, at the end, so that a writer goes on from there
 * and writes again what the sources still hold. Entries are never left that point to what will be something else's place.
 *
 * Fenced: a writer that adds to the stream meanwhile makes it throw. Run again it goes on where it was. Resolves with
 * the number of messages that were there and are taken away.
 */
export async function cutBack(
  nats: NatsConnection,
  stream: string,
  standings: ReadonlyMap<string, StreamStanding>,
): Promise<number> {
  const log = new UserLog(nats, new DirectGet(nats));
  const lastSequence = await log.lastSequence(stream);
  const kept = await lastWithin(nats, stream, standings);
  const taken = await deleteBetween(nats, stream, kept.sequence + 1, lastSequence);
  const saved = await log.append(lastSequence, [newPosition(stream, kept.position)]);
  if (!saved.ok)
    throw new Error(
      `${stream} was written meanwhile (${saved.reason}): stop everything, and run this again.`,
    );
  return taken;
}

async function lastWithin(
  nats: NatsConnection,
  stream: string,
  standings: ReadonlyMap<string, StreamStanding>,
): Promise<Kept> {
  const direct = new DirectGet(nats);
  let kept = nothing;
  for (let startSequence = 1; ;) {
    const request = { subject: timelineSubject(stream), startSequence, max: positions_page_max };
    const { messages } = await direct.getBatch(stream, request);
    for (const message of messages) {
      const position = decodePosition(message);
      // They only ever grow: behind the first that is beyond, all are.
      if (!isWithin(position, standings)) return kept;
      kept = { sequence: message.sequence, position };
    }
    if (messages.length === 0) return kept;
    startSequence = messages.at(-1)!.sequence + 1;
  }
}

function isWithin({ positions }: TimelinePosition, standings: ReadonlyMap<string, StreamStanding>): boolean {
  return Object.entries(positions).every(([source, sequence]) => {
    const standing = standings.get(source);
    if (standing === undefined)
      throw new Error(`${source} is not there, or has no leader. Nothing was taken away.`);
    return sequence <= standing.lastSequence;
  });
}

/** Both inclusive. */
async function deleteBetween(
  nats: NatsConnection,
  stream: string,
  from: number,
  to: number,
): Promise<number> {
  const jsm = await jetstreamManager(nats);
  const direct = new DirectGet(nats);
  let taken = 0;
  for (let first = from; first <= to; first += deletions_in_flight_max) {
    const count = Math.min(deletions_in_flight_max, to - first + 1);
    const sequences = Array.from({ length: count }, (_, index) => first + index);
    const deleted = await Promise.all(
      sequences.map(async (sequence) => {
        const isThere = (await direct.getBySequence(stream, sequence, { leader: true })) !== null;
        return isThere && (await jsm.streams.deleteMessage(stream, sequence, false));
      }),
    );
    taken += deleted.filter(Boolean).length;
  }
  return taken;
}
