import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { StoreDamaged } from './event-store.js';

/** What an operator does who reads that a stream has lost data. */
export const lost_data_advice =
  'Data that was acknowledged is missing. Stop everything; bring back a newer copy of the streams if there is one, else open a ' +
  'new epoch: npm run admin -- epoch shows what is lost, with --open it opens one (npm start -- --open-epoch where the servers are embedded; docs/epochs.md)';

/** In the metadata of the first USER stream, from the first step of a restore to its last. */
export const restoring_mark = 'odnix.restoring';

export interface StreamStanding {
  readonly lastSequence: number;
  /** Of USER streams: the present epoch of the logs in it. */
  readonly epoch: number | null;
  /** Of USER streams: the epoch that is being opened; nobody may write until that is done. */
  readonly opening: number | null;
  /** A backup is being restored: nothing may be written, and nothing that stands here counts, until that is done. */
  readonly restoring: boolean;
}

/** Where each of our streams ends, by its leader. Throws when JetStream does not answer. */
export async function streamStandings(nc: NatsConnection): Promise<Map<string, StreamStanding>> {
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  const standings = new Map<string, StreamStanding>();
  for await (const { config, state } of jsm.streams.list()) {
    const { 'odnix.epoch': epoch, 'odnix.opening': opening, [restoring_mark]: mark } = config.metadata ?? {};
    standings.set(config.name, {
      lastSequence: state.last_seq,
      epoch: numberIn(epoch),
      opening: numberIn(opening),
      restoring: mark !== undefined,
    });
  }
  return standings;
}

const numberIn = (text: string | undefined): number | null => (text === undefined ? null : Number(text));

/** A stream that ends before what was read of it has lost what it had acknowledged: going on would hide that. */
export async function mustReach(nc: NatsConnection, stream: string, sequence: number): Promise<void> {
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  const { state } = await jsm.streams.info(stream);
  if (state.last_seq >= sequence) return;
  throw new StoreDamaged(
    `${stream} ends at ${state.last_seq}, before ${sequence}, which was read. ${lost_data_advice}`,
  );
}
