/** Several NATS servers as our children that are one cluster; each may be stopped, killed and started again by itself. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connectNats } from '#streams/connection.js';
import { reservePorts } from './free-ports.js';
import { natsServerUrl, startNatsServer, type NatsServer } from './nats-server.js';

const meet_ms = 60_000;
const ask_ms = 2_000;
const poll_ms = 50;

export interface NatsNodesOptions {
  /** Each server has one below it. */
  directory: string;
  count: number;
  /** As for a lone server. */
  password?: string;
  users?: string;
  /** The servers know each other by it. */
  routePassword: string;
  fsync?: boolean;
  /** As for a lone server. */
  monitored?: boolean;
}

export interface NatsNode {
  /** `nats-1` and so on: what its replicas are kept under. */
  name: string;
  /** With credentials, if there are any; the same at every start of this node. */
  url: string;
  start(): Promise<NatsServer>;
}

/** None of them runs yet. */
export async function natsNodes(options: NatsNodesOptions): Promise<NatsNode[]> {
  const { directory, count, password, users, routePassword, fsync = true, monitored = false } = options;
  const reserved = await reservePorts(2 * count);
  const ports = reserved.slice(count).map(({ port }) => port);
  const known = {
    ...(password === undefined ? {} : { password }),
    ...(users === undefined ? {} : { users }),
  };
  return reserved.slice(0, count).map((forClients, index) => {
    const name = `nats-${index + 1}`;
    const { port } = forClients;
    const forRoutes = reserved[count + index]!;
    const cluster = { serverName: name, port: forRoutes.port, ports, password: routePassword };
    const own = { directory: join(directory, name), port, fsync, monitored, cluster };
    const start = async (): Promise<NatsServer> => {
      await Promise.all([forClients.release(), forRoutes.release()]);
      return startNatsServer({ ...own, ...known });
    };
    return { name, url: natsServerUrl(port, known), start };
  });
}

/** Resolves when a stream can have that many replicas: an elected leader may not have met all the servers yet. */
export async function replicasReady(natsUrl: string, replicas: number): Promise<void> {
  const nats = await connectNats(natsUrl);
  const ask = async (subject: string, body = ''): Promise<object> => {
    const answer = await nats.request(`$JS.API.STREAM.${subject}`, body, { timeout: ask_ms });
    return answer.json<object>();
  };
  const probe = { name: 'PROBE', subjects: ['probe'], storage: 'memory', num_replicas: replicas };
  const deadline = Date.now() + meet_ms;
  try {
    // Without a leader nobody answers; with one that has not met the others the answer is an error.
    const refused = (): Promise<boolean> =>
      ask('CREATE.PROBE', JSON.stringify(probe)).then(
        (answer) => 'error' in answer,
        () => true,
      );
    while (await refused()) {
      if (Date.now() > deadline) throw new Error(`The NATS servers did not all meet within ${meet_ms} ms.`);
      await pause(poll_ms);
    }
    await ask('DELETE.PROBE');
  } finally {
    await nats.close();
  }
}
