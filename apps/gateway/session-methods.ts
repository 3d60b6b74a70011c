import { v7 as uuidV7 } from 'uuid';
import { counter } from '#observability/metrics.js';
import { limits } from '#protocol/limits.js';
import type { PresenceSetParams, PresenceWatchParams } from '#protocol/methods/presence.js';
import type {
  SessionOpenParams,
  SessionOpenResult,
  SessionRefreshParams,
  SessionRefreshResult,
} from '#protocol/methods/session.js';
import { protocol_version } from '#protocol/version.js';
import type { VerifiedAccess } from '#edge/access-token.js';
import type { Admission } from '#edge/admission.js';
import { devicesList } from '#edge/devices-list.js';
import type { EdgeMethods } from '#edge/dispatch.js';
import type { LogPosition } from '#edge/log-position.js';
import type { EdgeServices } from '#edge/open-edge.js';
import { Refusal } from '#protocol/refusal.js';
import type { Resumed } from '#edge/resume.js';
import { serverRelease } from '#process/server-release.js';
import type { ChannelFeed } from './channel-feed.js';
import { connections_retry_ms } from './connection-counts.js';
import type { Connection } from './connection.js';
import type { GatewayTimes } from './limits.js';
import type { GatewayPresence } from './presence/gateway-presence.js';
import type { SessionConnection } from './session-connection.js';
import type { Guarded, SessionGuard } from './session-guard.js';
import { Session } from './session.js';
import type { SharedFeeds } from './shared-feeds.js';
import type { UserFeed } from './user-feed.js';
import type { UserFeeds } from './user-feeds.js';

export interface SessionServices {
  readonly edge: EdgeServices;
  readonly guard: SessionGuard;
  readonly feeds: UserFeeds;
  readonly channels: SharedFeeds<ChannelFeed>;
  readonly presence: GatewayPresence;
  readonly opens: Admission;
  readonly times: GatewayTimes;
  readonly sessions_per_user_max: number;
  readonly onFailure: (error: unknown) => void;
}

/** The methods that a gateway answers by itself. */
export function sessionMethods(services: SessionServices): EdgeMethods<Connection> {
  const { updates } = services.edge;
  return {
    'session.open': (connection, params: SessionOpenParams) => openSession(services, connection, params),
    'session.refresh': (connection, params: SessionRefreshParams) => refresh(services, connection, params),
    'session.ping': () => Promise.resolve({ server_time_ms: Date.now() }),
    'updates.getState': (connection) => updates.getState(connection),
    'updates.getDifference': (connection, params: never) => updates.getDifference(connection, params),
    'calls.iceServers': async ({ identity }) => services.edge.iceServers.of(identity!.user_id),
    'devices.list': ({ identity }) => devicesList(services.edge, identity!),
    'presence.watch': ({ session }, { user_ids }: PresenceWatchParams) => session!.presence.watch(user_ids),
    'presence.set': async ({ session }, { status }: PresenceSetParams) => {
      session!.presence.set(status);
      return {};
    },
    'updates.ack': async ({ session }, { pts }: { pts: number }) => {
      await session!.acknowledge(pts);
      return {};
    },
  };
}

async function openSession(
  services: SessionServices,
  connection: Connection,
  params: SessionOpenParams,
): Promise<SessionOpenResult> {
  if (connection.identity !== null || connection.isOpening) throw new Refusal('SESSION_ALREADY_OPEN');
  if (connection.isDraining) {
    throw new Refusal('UNAVAILABLE', { retry_after_ms: services.times.reconnect_after_ms });
  }
  let result: SessionOpenResult | undefined;
  const open = async () => {
    // Who has gone while waiting is let in for nothing.
    if (!connection.isOpen) throw new Refusal('UNAVAILABLE');
    const access = await verified(services, params.access_token);
    result = await beginSession(services, connection, params, access);
  };
  await connection.openOnce(() => services.opens.run(open));
  return result!;
}

export type SessionStart = Pick<SessionOpenParams, 'sync_token' | 'resume'>;
export type SessionAccess = VerifiedAccess;

/** Leaves a session on the connection, which is to be started once the result was told. */
export async function beginSession(
  services: SessionServices,
  connection: SessionConnection,
  start: SessionStart,
  access: SessionAccess,
): Promise<SessionOpenResult> {
  const guarded: Guarded = { access, close: (code, reason) => connection.close(code, reason) };
  // Before the device is looked up: what is told in between is heard, and what was told before is seen.
  const unguard = services.guard.add(guarded);
  try {
    const feed = await services.feeds.acquire(access.identity.user_id);
    try {
      return await openOn(services, connection, start, { guarded, unguard }, feed);
    } finally {
      if (!connection.session) services.feeds.release(feed, () => undefined);
    }
  } finally {
    if (!connection.session) unguard();
  }
}

async function verified({ edge }: SessionServices, token: string): Promise<VerifiedAccess> {
  const access = await edge.access.verify(token);
  if (access === null) throw new Refusal('UNAUTHENTICATED');
  await edge.limits.mustTake(access.identity, 'session.open');
  return access;
}

/** A token alone is not enough: its device may have been signed out since. */
async function mustBeSignedIn({ edge }: SessionServices, access: SessionAccess) {
  if (!(await edge.devices.has(access.identity))) throw new Refusal('DEVICE_REVOKED');
  edge.pairs.tell(access.pair);
}

/** The feed listens already; so whatever is not in the log as read now will come out of it. */
async function openOn(
  services: SessionServices,
  connection: SessionConnection,
  start: SessionStart,
  guarding: { readonly guarded: Guarded; readonly unguard: () => void },
  feed: UserFeed,
): Promise<SessionOpenResult> {
  const { edge, feeds, channels, presence, times, sessions_per_user_max, onFailure } = services;
  const { access } = guarding.guarded;
  const { identity } = access;
  const { user_id, device_id } = identity;
  await mustBeSignedIn(services, access);
  const resumed = await resume(edge, identity, start);
  const head = await edge.catchUp.reader.head(user_id);
  connection.seen.addHead(head);
  const isReplay = resumed?.kind === 'at';
  const from: LogPosition = isReplay ? resumed.position : head;
  if (!connection.isOpen) throw new Refusal('UNAVAILABLE');
  if (feed.listeners.size >= sessions_per_user_max)
    throw new Refusal('RATE_LIMITED', {
      retry_after_ms: connections_retry_ms,
      details: { sessions: `at most ${sessions_per_user_max} of one user` },
    });
  const parts = { edge, feeds, channels, presence, feed };
  const shared = { ...parts, connection, identity, from, isReplay, onFailure };
  connection.session = new Session({ ...shared, ...guarding, headPts: head.pts });
  connection.identity = identity;
  counter('odnix.replay.begun', { how: howBegun(resumed, head) }).add();
  return {
    session_id: uuidV7(),
    user_id,
    device_id,
    pts: head.pts,
    sync_token: edge.tokens.encode(user_id, feed.epoch, head),
    hash: head.hash,
    server_time_ms: Date.now(),
    heartbeat_ms: times.heartbeat_ms,
    limits,
    server: serverRelease,
    protocol: protocol_version,
    ...(resumed?.kind === 'too_long' ? { too_long: true } : {}),
  };
}

function howBegun(resumed: Resumed | undefined, head: LogPosition) {
  if (resumed === undefined) return 'new';
  if (resumed.kind === 'too_long') return 'too_long';
  return resumed.position.pts === head.pts ? 'current' : 'behind';
}

/** Undefined: the client asked for no replay. */
async function resume(
  edge: EdgeServices,
  identity: VerifiedAccess['identity'],
  { sync_token, resume: fromDevice }: SessionStart,
): Promise<Resumed | undefined> {
  if (sync_token !== undefined) return edge.resume.fromToken(identity.user_id, sync_token);
  if (fromDevice !== true) return undefined;
  const pts = await edge.acknowledge.deviceCursor(identity);
  return { kind: 'at', position: await edge.resume.fromPts(identity, pts) };
}

async function refresh(
  services: SessionServices,
  { identity, session }: Connection,
  { access_token }: SessionRefreshParams,
): Promise<SessionRefreshResult> {
  const access = await verified(services, access_token);
  const isSame =
    access.identity.user_id === identity!.user_id && access.identity.device_id === identity!.device_id;
  if (!isSame) throw new Refusal('UNAUTHENTICATED');
  await mustBeSignedIn(services, access);
  session!.renew(access);
  return { access_expires_in_s: Math.floor((access.expiresAtMs - Date.now()) / 1_000) };
}
