/** What limits cost a request: the same sends through two gateways in turn, one of which limits. Commands are answered here. */
import { jetstreamManager } from '@nats-io/jetstream';
import { v7 as uuidV7 } from 'uuid';
import type { CommandsRequest } from '#streams/requests.js';
import { rates_stream } from '#streams/subjects.js';
import { accessSigner } from '../../test/support/access-signer.js';
import { LogWriter } from '../../test/support/log-writer.js';
import { WireClient } from '../../test/support/wire-client.js';
import { Installation, streamsPerFamily } from '../support/installation.js';
import { Durations } from '../support/percentiles.js';
import { Watch } from '../support/usage.js';

export interface LimitsBench {
  readonly devices: number;
  readonly seconds: number;
}

/** Each device's sends: faster than anybody types, below what would be refused. */
const sends_per_s = 4;
const scales = ['off', '1', 'off', '1'];

export async function benchLimits(
  { devices, seconds }: LimitsBench,
  say: (line: string) => void,
): Promise<string> {
  const installation = await Installation.start();
  try {
    answerCommands(installation);
    const jsm = await jetstreamManager(installation.nc);
    const writes = async () => (await jsm.streams.info(rates_stream)).state.last_seq;
    const tokens = await signedIn(installation, devices);
    const rows: string[] = [];
    const gateways = new Map<string, { pid: number; clients: WireClient[] }>();
    for (const LIMITS_SCALE of new Set(scales)) {
      const { pid, url } = await installation.startApp('gateway', { LIMITS_SCALE });
      const clients = await Promise.all(tokens.map((token) => WireClient.open(url, token)));
      gateways.set(LIMITS_SCALE, { pid, clients });
    }
    for (const scale of scales) {
      say(`limits: ${scale}`);
      const { pid, clients } = gateways.get(scale)!;
      const before = await writes();
      const watch = new Watch(pid);
      const latency = await sendFor(clients, seconds);
      watch.stop();
      const { cpu_s, rss_max_mb } = watch.usage();
      const micros = (cpu_s / latency.count) * 1e6;
      const cells = [scale, latency, latency.count, micros.toFixed(0), rss_max_mb.toFixed(0)];
      rows.push(`| ${[...cells, (await writes()) - before].join(' | ')} |`);
    }
    for (const { clients } of gateways.values()) for (const { socket } of clients) socket.terminate();
    const head =
      '| limits | sent to answered (p50 / p99 / max, ms) | sends | CPU a send, µs | RSS, MB | writes |';
    return [head, '| --- | --- | --- | --- | --- | --- |', ...rows].join('\n');
  } finally {
    await installation.stop();
  }
}

function answerCommands({ nc }: Installation): void {
  const callback = (_: unknown, message: { json<T>(): T; respond(data: string): boolean }): void => {
    // Health checks ask for nothing.
    const { commands = [] } = message.json<Partial<CommandsRequest>>();
    const replies = commands.map(() => ({ result: {}, seen: { projected: {}, logged: {} } }));
    message.respond(JSON.stringify({ replies }));
  };
  nc.subscribe('command.>', { callback });
}

async function signedIn({ nc, secrets }: Installation, count: number): Promise<string[]> {
  const [writer, access] = [new LogWriter(nc, streamsPerFamily), await accessSigner(nc, secrets)];
  const tokens: string[] = [];
  for (let index = 0; index < count; index++) {
    const identity = { user_id: uuidV7(), device_id: uuidV7() };
    await writer.signIn(identity.user_id, identity.device_id);
    tokens.push(await access.sign(identity));
  }
  return tokens;
}

/** Evenly, whether or not what was sent before is answered; each device in a chat of its own. */
async function sendFor(clients: readonly WireClient[], seconds: number): Promise<Durations> {
  const latency = new Durations();
  const chats = clients.map(() => uuidV7());
  const sends: Promise<unknown>[] = [];
  const count = clients.length * sends_per_s * seconds;
  const start = performance.now();
  for (let index = 0; index < count; index++) {
    const dueMs = start + (index / count) * seconds * 1_000;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    const at = index % clients.length;
    const content = { type: 'text', text: 'hello' };
    const params = { chat_id: chats[at], client_msg_id: uuidV7(), content };
    sends.push(latency.time(() => clients[at]!.request('messages.send', params)));
  }
  await Promise.all(sends);
  return latency;
}
