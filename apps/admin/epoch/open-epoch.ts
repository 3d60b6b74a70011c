/** A new epoch: what an operator does when streams have lost data and it will not come back. docs/epochs.md tells it whole. */
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import type { Database } from '#db/database.js';
import {
  describeLoss,
  lostToLogs,
  lostToReadModels,
  restore_half_done,
  userStreamsIn,
  type Loss,
} from '#process/lost-data.js';
import { DirectGet } from '#streams/direct-get.js';
import { isLive, leaseSubject, leases_stream } from '#streams/lease.js';
import { streamStandings, type StreamStanding } from '#streams/stream-standing.js';
import type { Say } from '../reach.js';
import { changing_lease_key } from '../changing-lease.js';
import { cutBack } from './cut-back.js';
import { forgetReadModels } from './forget-read-models.js';

type Standings = ReadonlyMap<string, StreamStanding>;

export interface EpochState {
  readonly standings: Standings;
  /** USER streams whose new epoch is half open. */
  readonly opening: readonly string[];
  /** Not known while an epoch is half open: then the streams have holes until it is open. */
  readonly losses: readonly Loss[];
}

/** Throws while a restore is half done. */
export async function epochState(nats: NatsConnection, db: Database): Promise<EpochState> {
  const standings = await streamStandings(nats);
  if ([...standings.values()].some(({ restoring }) => restoring)) throw new Error(restore_half_done);
  const opening = userStreamsIn(standings).filter((name) => standings.get(name)!.opening !== null);
  if (opening.length > 0) return { standings, opening, losses: [] };
  const losses = [...(await lostToReadModels(nats, db)), ...(await lostToLogs(nats))];
  return { standings, opening, losses };
}

/** The exit code: 1 when anything is lost, or half done. */
export async function showEpoch(nats: NatsConnection, db: Database, say: Say): Promise<number> {
  const { standings, opening, losses } = await epochState(nats, db);
  for (const stream of userStreamsIn(standings)) say(`${stream}: epoch ${standings.get(stream)!.epoch}`);
  for (const loss of losses) say(describeLoss(loss));
  if (opening.length > 0) say(`Half open in ${opening.join(', ')}: --open does the rest`);
  else if (losses.length === 0) say('Nothing is lost.');
  return losses.length + opening.length === 0 ? 0 : 1;
}

/**
 * Marks the USER streams, cuts them back, empties the read models, and only then sets the new epoch and takes the marks away:
 * until then nobody starts, and run again it does the rest. All USER streams when a source lost anything, else those that did.
 * The exit code: 1 when it refuses.
 */
export async function openEpoch(
  nats: NatsConnection,
  db: Database,
  options: { readonly even_if_whole: boolean },
  say: Say,
): Promise<number> {
  const { standings, opening, losses } = await epochState(nats, db);
  for (const loss of losses) say(describeLoss(loss));
  if (losses.length + opening.length === 0 && !options.even_if_whole) {
    say(
      'Nothing is lost: no new epoch was opened. Every client would take a new snapshot; --even-if-whole does it nevertheless.',
    );
    return 1;
  }
  if (await somebodyRuns(nats)) {
    say(
      'Processes that write still run, or were killed less than 15 s ago: stop everything, and run this again.',
    );
    return 1;
  }
  const affected = opening.length > 0 ? opening : affectedBy(losses, standings);
  const epoch = nextEpoch(affected, standings);
  for (const stream of affected) await mark(nats, stream, epoch);
  for (const stream of affected)
    say(`${stream}: ${await cutBack(nats, stream, standings)} messages taken away`);
  await forgetReadModels(db);
  say('Read models: emptied; they are folded again from the streams at the next start');
  for (const stream of affected) await finish(nats, stream, epoch);
  say(`Epoch ${epoch}: open in ${affected.join(', ')}`);
  return 0;
}

function affectedBy(losses: readonly Loss[], standings: Standings): readonly string[] {
  const all = userStreamsIn(standings);
  const lost = losses.map(({ stream }) => stream);
  const onlyLogs = lost.length > 0 && lost.every((stream) => all.includes(stream));
  return onlyLogs ? all.filter((stream) => lost.includes(stream)) : all;
}

/**
 * Seconds of the clock, so that no epoch is ever used twice, whatever copy of the streams is restored: it holds the epoch of its
 * time, and tokens of later ones are still about. One that is half open keeps its number.
 */
function nextEpoch(affected: readonly string[], standings: Standings): number {
  const [half] = affected.flatMap((stream) => standings.get(stream)!.opening ?? []);
  const latest = Math.max(...userStreamsIn(standings).map((stream) => standings.get(stream)!.epoch ?? 0));
  return half ?? epochAfter(latest);
}

export const epochAfter = (latest: number): number => Math.max(latest + 1, Math.floor(Date.now() / 1000));

/** Told by leases: of everything that writes. */
export async function somebodyRuns(nats: NatsConnection): Promise<boolean> {
  const keys = await new DirectGet(nats).getLastForSubjects(leases_stream, [leaseSubject('>')]);
  // An operation has one of its own, and writes no stream that is cut back.
  return keys.some((key) => key.subject !== leaseSubject(changing_lease_key) && isLive(key));
}

const mark = (nats: NatsConnection, stream: string, epoch: number): Promise<void> =>
  change(nats, stream, { 'odnix.opening': String(epoch) });

const finish = (nats: NatsConnection, stream: string, epoch: number): Promise<void> =>
  change(nats, stream, { 'odnix.epoch': String(epoch) });

async function change(nats: NatsConnection, stream: string, to: Record<string, string>): Promise<void> {
  const jsm = await jetstreamManager(nats);
  const { config } = await jsm.streams.info(stream);
  const { 'odnix.opening': _opening, ...metadata } = config.metadata ?? {};
  await jsm.streams.update(stream, { ...config, metadata: { ...metadata, ...to } });
}
