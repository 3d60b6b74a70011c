import type { IncomingMessage } from 'node:http';
import { Inject, Logger, type OnModuleDestroy } from '@nestjs/common';
import { WebSocketGateway, type OnGatewayConnection, type OnGatewayInit } from '@nestjs/websockets';
import type { WebSocket, WebSocketServer } from 'ws';
import { limits } from '#protocol/limits.js';
import { acceptQr } from '#edge/accept-qr.js';
import { Admission, type AdmissionLimits } from '#edge/admission.js';
import { Bearer } from '#edge/bearer.js';
import { clientAddressOf, networkOf } from '#edge/client-address.js';
import { Dispatch } from '#edge/dispatch.js';
import { openEdge, type EdgeOptions, type EdgeServices } from '#edge/open-edge.js';
import { UpdateTickets } from '#edge/update-tickets.js';
import { spanOf, traceparentHeader } from '#observability/trace.js';
import type { ChannelFeed } from './channel-feed.js';
import { channelFeeds } from './channel-feeds.js';
import { Connection, type ConnectionKeeper } from './connection.js';
import {
  ConnectionCounts,
  connectionLimits,
  limitUpgrades,
  type ConnectionLimits,
} from './connection-counts.js';
import { leavings, refuseUpgrades } from './draining.js';
import { gatewayTimes, sendLimits, session_opens, type GatewayTimes } from './limits.js';
import { OpenStreams } from './open-streams.js';
import { GatewayPresence } from './presence/gateway-presence.js';
import { SendBuffers } from './send-buffers.js';
import { SessionGuard } from './session-guard.js';
import { sessionMethods, type SessionServices } from './session-methods.js';
import type { SharedFeeds } from './shared-feeds.js';
import { chooseSubprotocol } from './verify-upgrade.js';
import { UserFeeds } from './user-feeds.js';

export interface GatewayOptions extends EdgeOptions {
  readonly times?: Partial<GatewayTimes>;
  readonly opens?: Partial<AdmissionLimits>;
  readonly connections?: Partial<ConnectionLimits>;
  /** Instead of `times.offline_after_ms`, in seconds. */
  readonly presenceOfflineAfterS?: number;
}

export const GATEWAY_PARTS = Symbol('gateway parts');

export interface GatewayParts {
  readonly edge: EdgeServices;
  readonly feeds: UserFeeds;
  readonly buffers: SendBuffers;
  readonly channels: SharedFeeds<ChannelFeed>;
  readonly times: GatewayTimes;
  readonly dispatch: Dispatch<Connection>;
  readonly sessions: SessionServices;
  readonly bearer: Bearer;
  readonly tickets: UpdateTickets;
  readonly streams: OpenStreams;
  readonly counts: ConnectionCounts;
}

const logger = new Logger('gateway');

/** Names and messages of errors only: requests hold people's words. */
const logFailure = (what: string, error: unknown): void =>
  logger.error(`${what}: ${error instanceof Error ? `${error.name}: ${error.message}` : 'failed'}`);

export async function openGateway({
  times: given,
  opens: limits,
  connections: givenConnections,
  presenceOfflineAfterS,
  ...options
}: GatewayOptions): Promise<GatewayParts> {
  const { offline_after_ms } = gatewayTimes;
  const afterMs = presenceOfflineAfterS === undefined ? offline_after_ms : presenceOfflineAfterS * 1_000;
  const times = { ...gatewayTimes, offline_after_ms: afterMs, ...given };
  const edge = await openEdge(options, logFailure);
  const onFailure = (error: unknown) => logFailure('pushing updates', error);
  const feeds = new UserFeeds(edge, times, onFailure);
  const channels = channelFeeds(edge, times, onFailure);
  const opens = new Admission({ ...session_opens, ...limits });
  const guard = new SessionGuard(edge, times.devices_check_ms, (error) =>
    logFailure('looking for signed-out devices', error),
  );
  const { limitsScale = 1 } = options;
  const perAddressMax =
    limitsScale === 0 ? Infinity : Math.ceil(connectionLimits.per_address_max * limitsScale);
  const connections = { ...connectionLimits, per_address_max: perAddressMax, ...givenConnections };
  const { sessions_per_user_max } = connections;
  const presence = await GatewayPresence.open({
    natsUrl: options.natsUrl,
    edge,
    times,
    onFailure: (error) => logFailure('presence', error),
  });
  const followed = { feeds, channels, presence };
  const sessions = { sessions_per_user_max, edge, guard, ...followed, opens, times, onFailure };
  const dispatch = new Dispatch<Connection>({
    ask: edge.ask,
    edgeMethods: {
      ...sessionMethods(sessions),
      'devices.acceptQr': acceptQr(edge.ask, options.secrets.credentialHash),
    },
    syncTokens: edge.tokens,
    limits: edge.limits,
    epochOf: edge.epochOf,
    phoneHash: options.secrets.phoneHash,
    onFailure: logFailure,
  });
  return {
    edge,
    feeds,
    channels,
    times,
    dispatch,
    sessions,
    buffers: new SendBuffers(sendLimits),
    bearer: new Bearer(edge.access, edge.devices),
    tickets: new UpdateTickets(options.secrets.updateTicket, edge.nats),
    streams: new OpenStreams(),
    counts: new ConnectionCounts(connections),
  };
}

/** Accepts sockets on `/v1/ws` of the HTTP server it runs beside, and sends them away in good order at the end. */
@WebSocketGateway({
  path: '/v1/ws',
  maxPayload: limits.frame_bytes_max,
  // Checked per frame: what is not UTF-8 is answered, not punished with a closed connection.
  skipUTF8Validation: true,
  handleProtocols: chooseSubprotocol,
})
export class Gateway
  implements OnGatewayInit<WebSocketServer>, OnGatewayConnection<WebSocket>, OnModuleDestroy, ConnectionKeeper
{
  private readonly connections = new Set<Connection>();
  private server: WebSocketServer | undefined;
  /** One for all: thousands of timers are memory, and wake the process for nothing. */
  private readonly silence: NodeJS.Timeout;

  constructor(@Inject(GATEWAY_PARTS) private readonly parts: GatewayParts) {
    const lookForSilence = () => {
      for (const connection of this.connections) connection.lookForSilence();
    };
    this.silence = setInterval(lookForSilence, parts.times.heartbeat_ms / 4);
  }

  afterInit(server: WebSocketServer): void {
    this.server = server;
    limitUpgrades(server, this.parts.counts);
  }

  handleConnection(socket: WebSocket, request: IncomingMessage): void {
    const { edge, dispatch, times, buffers, counts } = this.parts;
    const connection = new Connection(socket, edge.ask, dispatch, times, buffers, request.socket, this);
    const network = networkOf(clientAddressOf(request));
    connection.network = network;
    const traced = request.headers[traceparentHeader];
    connection.clientSpan = spanOf(typeof traced === 'string' ? traced : undefined);
    counts.add(network, connection);
    this.connections.add(connection);
  }

  opened(connection: Connection): void {
    this.parts.counts.opened(connection);
  }

  ended(connection: Connection): void {
    this.connections.delete(connection);
    this.parts.counts.remove(connection.network!, connection);
  }

  async onModuleDestroy(): Promise<void> {
    const { times, streams } = this.parts;
    clearInterval(this.silence);
    if (this.server) refuseUpgrades(this.server, times.reconnect_after_ms);
    const leaving = leavings(this.connections.size, times);
    const connections = [...this.connections].map((connection, index) => connection.drain(leaving[index]!));
    await Promise.all([...connections, streams.drain(times.drain_ms)]);
    this.parts.sessions.guard.close();
    this.parts.feeds.close();
    this.parts.channels.close();
    this.parts.buffers.close();
    await this.parts.sessions.presence.close();
    await this.parts.edge.close();
  }
}
