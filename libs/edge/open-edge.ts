import type { NatsConnection } from '@nats-io/nats-core';
import { connectNats } from '#streams/connection.js';
import { DirectGet } from '#streams/direct-get.js';
import { LastMessages } from '#streams/last-messages.js';
import { NatsEventStore } from '#streams/nats-event-store.js';
import { RateCounters } from '#streams/rate-counters.js';
import { UserLog } from '#streams/user-log.js';
import { AccessKeys } from './access-keys.js';
import { AccessTokens } from './access-token.js';
import { Acknowledge } from './acknowledge.js';
import { Ask } from './ask.js';
import { CatchUp } from './catch-up.js';
import { ChannelLog } from './channel-log.js';
import { DeviceActivity } from './device-activity.js';
import { DeliveredCursors } from './delivered-cursors.js';
import { IceServers, noIceServers, type IceSettings } from './ice-servers.js';
import { LogEpochs } from './log-epochs.js';
import { FarLog } from './far-log.js';
import { LogEntries } from './log-entries.js';
import { LogReader } from './log-reader.js';
import { PairUsed } from './pair-used.js';
import { RequestLimits } from './request-limits.js';
import { Resume } from './resume.js';
import type { Secrets } from './secrets.js';
import { SharedLimits } from './shared-limits.js';
import { SignedInDevices } from './signed-in-devices.js';
import { SourceEvents } from './source-events.js';
import { StreamEnds } from './stream-ends.js';
import { SyncTokens } from './sync-tokens.js';
import { Tombstones } from './tombstones.js';
import { UpdatesMethods } from './updates-methods.js';

export interface EdgeOptions {
  readonly natsUrl: string;
  readonly streamsPerFamily: number;
  readonly secrets: Secrets;
  /** Of every limit's size; 0: nothing is limited. */
  readonly limitsScale?: number;
  /** By default none. */
  readonly iceUrls?: IceSettings['iceUrls'];
  readonly turnSecret?: IceSettings['turnSecret'];
  /** From how many stream messages before its end on a log is read from the read model; for tests and benches. */
  readonly farDistanceMessagesMin?: number;
}

type FailureTold = (what: string, error: unknown) => void;

/** Everything that gateway and api share, on connections of their own. */
export interface EdgeServices {
  /** Requests and live announcements. */
  readonly nats: NatsConnection;
  /** Logs and accounts are read by it. */
  readonly logNats: NatsConnection;
  readonly ask: Ask;
  readonly catchUp: CatchUp;
  readonly resume: Resume;
  readonly epochs: LogEpochs;
  readonly tokens: SyncTokens;
  readonly acknowledge: Acknowledge;
  readonly channels: ChannelLog;
  readonly updates: UpdatesMethods;
  readonly devices: SignedInDevices;
  readonly activity: DeviceActivity;
  readonly keys: AccessKeys;
  readonly access: AccessTokens;
  readonly pairs: PairUsed;
  readonly limits: RequestLimits;
  readonly iceServers: IceServers;
  readonly epochOf: (userId: string) => Promise<number>;
  close(): Promise<void>;
}

/** Logs and bodies are read on connections apart: a long read must not hold up requests and announcements. */
export async function openEdge(
  { natsUrl, streamsPerFamily, secrets, farDistanceMessagesMin, limitsScale = 1, ...calls }: EdgeOptions,
  onFailure: FailureTold = () => undefined,
): Promise<EdgeServices> {
  const iceServers = new IceServers({ ...noIceServers, ...calls });
  const names = ['edge', 'edge-log', 'edge-bodies'];
  const connections = await Promise.all(names.map((name) => connectNats(natsUrl, { name })));
  const [nats, forLog, forBodies] = connections as [NatsConnection, NatsConnection, NatsConnection];
  const direct = new DirectGet(forLog);
  const userLog = new UserLog(forLog, direct);
  const lasts = new LastMessages(direct);
  const reader = new LogReader(userLog, direct, lasts, streamsPerFamily);
  const store = new NatsEventStore(forBodies, { streamsPerFamily });
  const ask = new Ask(nats);
  const sources = new SourceEvents(store);
  const farLog = new FarLog(ask, reader);
  const entries = new LogEntries(reader, farLog, new StreamEnds(userLog), farDistanceMessagesMin);
  const catchUp = new CatchUp(reader, entries, sources, new Tombstones(ask, entries, sources));
  const epochs = new LogEpochs(forLog);
  const tokens = new SyncTokens(secrets.syncToken);
  const resume = new Resume(reader, epochs, tokens, ask);
  const acknowledge = new Acknowledge(ask, entries, resume, new DeliveredCursors(ask));
  const keys = await AccessKeys.open(nats, (error) => onFailure('reading access keys', error));
  const log = { catchUp, resume, epochs, tokens, acknowledge };
  return {
    nats,
    logNats: forLog,
    ask,
    ...log,
    channels: new ChannelLog(new DirectGet(forBodies), streamsPerFamily),
    updates: new UpdatesMethods(log),
    devices: new SignedInDevices(direct, lasts, streamsPerFamily),
    activity: new DeviceActivity(nats),
    keys,
    access: new AccessTokens(keys),
    pairs: new PairUsed(nats),
    limits: new RequestLimits(new SharedLimits(new RateCounters(nats)), limitsScale),
    iceServers,
    epochOf: (userId) => epochs.epochOf(reader.streamOf(userId)),
    close: async () => {
      keys.close();
      await Promise.all(connections.map((connection) => connection.close()));
    },
  };
}
