/**
 * Tells whether an external NATS keeps what it acknowledges. Whether a server fsyncs first (`sync_interval: always`) is
 * told by its monitoring endpoint alone, not over a client's connection; so the usual port is asked on the same host, and
 * where it does not answer for this very server the warning says that it is not known.
 */
import { connectNats } from '#streams/connection.js';

const monitoring_port = 8222;
const ask_ms = 1_000;

/** Undefined when the server is known to fsync before it acknowledges. Throws when NATS cannot be reached. */
export async function natsDurabilityWarning(
  natsUrl: string,
  monitoringPort = monitoring_port,
): Promise<string | undefined> {
  const { host, serverId } = await identify(natsUrl);
  const always = await syncsAlways(`http://${host}:${monitoringPort}/varz`, serverId);
  if (always === true) return undefined;
  if (always === false) {
    return (
      `Warning: the NATS server at ${host} acknowledges messages before they are on its disk: a power cut can lose what ` +
      'was acknowledged. Set "sync_interval: always" in its jetstream block, or run three replicas.'
    );
  }
  return (
    `Warning: it cannot be learned whether the NATS server at ${host} writes messages to disk before it acknowledges them ` +
    `(no monitoring on port ${monitoringPort}): unless it has "sync_interval: always", a power cut can lose what was acknowledged.`
  );
}

async function identify(natsUrl: string): Promise<{ host: string; serverId: string }> {
  try {
    const connection = await connectNats(natsUrl, { reconnect: false });
    const serverId = connection.info?.server_id ?? '';
    const host = new URL(`nats://${connection.getServer()}`).hostname;
    await connection.close();
    return { host, serverId };
  } catch (error) {
    throw new Error(`NATS_URL: no connection to the server given (${(error as Error).message}).`, {
      cause: error,
    });
  }
}

async function syncsAlways(url: string, serverId: string): Promise<boolean | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ask_ms) });
    const varz = (await response.json()) as {
      server_id?: string;
      jetstream?: { config?: { sync_always?: boolean } };
    };
    return varz.server_id === serverId ? varz.jetstream?.config?.sync_always === true : undefined;
  } catch {
    return undefined; // No monitoring there, or something else listens.
  }
}
