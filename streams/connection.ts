/**
 * Opens a connection to NATS from one URL, or several separated by commas. The first attempt fails loudly within
 * `connect_timeout_ms` a server; after that it reconnects for ever, unless the options say otherwise.
 *
 * What a caller must know: a publish made while disconnected is dropped, and one in flight at the moment of a
 * disconnect may or may not have been stored. Neither is told before its time-out. So nothing is resent blindly: a
 * time-out means that the outcome is unknown, and the writer reads again before it decides. Subscriptions are set up
 * again by the client after a reconnect; what was sent in between is lost, as core NATS promises at most once.
 *
 * The client library ignores credentials inside a URL, so they are taken out here: `nats://user:password@host`
 * and `nats://token@host`. The first URL that has any decides for all. Errors never carry them.
 */
import { AuthorizationError, PermissionViolationError } from '@nats-io/nats-core';
import { connect, type NatsConnection, type NodeConnectionOptions } from '@nats-io/transport-node';
import { counter } from '#observability/metrics.js';
import { tellError } from '#observability/tell-error.js';
import { watchConnection } from './connection-metrics.js';

const connect_timeout_ms = 5_000;
/** A connection. */
const denials_told_max = 100;
/** Of first attempts that came to nothing because one side was too busy. */
const hurried_attempts_max = 5;

const lasting: NodeConnectionOptions = {
  timeout: connect_timeout_ms,
  maxReconnectAttempts: -1,
  // Credentials may be refused for a moment, as while a server reads its users anew: the library would close for good.
  ignoreAuthErrorAbort: true,
  reconnectTimeWait: 250,
  reconnectJitter: 250,
  pingInterval: 10_000,
  maxPingOut: 2,
  // A stack trace a request costs more than the request.
  noAsyncTraces: true,
};

export async function connectNats(
  natsUrl: string,
  options: Omit<NodeConnectionOptions, 'servers' | 'user' | 'pass' | 'token'> = {},
): Promise<NatsConnection> {
  const urls = natsUrl.split(',').map((url) => new URL(url.trim()));
  const servers = urls.map((url) => url.host);
  const nc = await connectUnhurried({ ...lasting, ...options, ...credentials(urls), servers });
  const name = options.name ?? 'nats';
  watchConnection(nc, name);
  void tellDenials(nc, name);
  return nc;
}

/** A server gives a client two seconds to say who it is: who is too busy to say it in time was not refused. */
async function connectUnhurried(options: NodeConnectionOptions): Promise<NatsConnection> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await connect(options);
    } catch (error) {
      const isHurried = error instanceof AuthorizationError && /timeout/i.test(error.message);
      if (!isHurried || attempt === hurried_attempts_max) throw error;
    }
  }
}

/**
 * What the servers do not permit (streams/permissions.ts) is a fault of the configuration or of the program, which its
 * sender sees as silence: said once a subject, so that an operator sees it. The subject alone: never what was sent.
 */
async function tellDenials(nc: NatsConnection, name: string): Promise<void> {
  const told = new Set<string>();
  for await (const status of nc.status()) {
    if (status.type !== 'error' || !(status.error instanceof PermissionViolationError)) continue;
    const { operation, subject } = status.error;
    counter('odnix.nats.denials', { connection: name, operation }).add();
    if (told.size >= denials_told_max || told.has(`${operation} ${subject}`)) continue;
    told.add(`${operation} ${subject}`);
    tellError(name, `NATS does not permit this user the ${operation} to "${subject}"`);
  }
}

function credentials(urls: URL[]): Pick<NodeConnectionOptions, 'user' | 'pass' | 'token' | 'tls'> {
  const tls = urls.some((url) => url.protocol === 'tls:') ? { tls: {} } : {};
  const named = urls.find((url) => url.username !== '');
  if (!named) return tls;
  const user = decodeURIComponent(named.username);
  return named.password === ''
    ? { ...tls, token: user }
    : { ...tls, user, pass: decodeURIComponent(named.password) };
}
