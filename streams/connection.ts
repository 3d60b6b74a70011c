/**
 * Opens a connection to NATS from one URL, or several separated by commas.
 *
 * The client library ignores credentials inside a URL, so they are taken out here: `nats://user:password@host`
 * and `nats://token@host`. The first URL that has any decides for all. Errors never carry them.
 */
import { connect, type NatsConnection, type NodeConnectionOptions } from '@nats-io/transport-node';

export async function connectNats(
  natsUrl: string,
  options: Omit<NodeConnectionOptions, 'servers' | 'user' | 'pass' | 'token'> = {},
): Promise<NatsConnection> {
  const urls = natsUrl.split(',').map((url) => new URL(url.trim()));
  return connect({ ...options, ...credentials(urls), servers: urls.map((url) => url.host) });
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
