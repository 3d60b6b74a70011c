/** A NATS server with JetStream for a test to own: forty milliseconds, its own store, and it may be killed. */
import { GenericContainer, Wait, type ContainerRuntimeClient } from 'testcontainers';
import { natsAuthorization } from '#streams/nats-authorization.js';
import { apps, type App } from '#streams/permissions.js';
import { freePort } from '../../apps/odnix/embedded/free-ports.js';
import { startNatsServer } from '../../apps/odnix/embedded/nats-server.js';
import { containerEngine } from './container-engine.js';
import { freshDirectory } from './run-directory.js';

const test_password = 'test';
const image = 'nats:2.14.5-alpine';

export interface TestNats {
  /** Stays the same through restarts. Needs no credentials but those in it. */
  url: string;
  /** SIGKILL: nothing is flushed, nothing is said to clients. */
  kill(): Promise<void>;
  /** Stops it, if it still runs, and starts it on the same store. */
  restart(): Promise<void>;
  /** For good; its store is gone. */
  stop(): Promise<void>;
}

export interface TestNatsOptions {
  /** Whether messages are on disk before they are acknowledged, as in the single-node default. */
  fsync?: boolean;
  /** One user an app; every password is `test`, and `url` is the admin's. */
  users?: { readonly streamsPerFamily: number };
  /** For the global set-up, which is what provides it to the others. */
  runDirectory?: string;
}

export async function startNats(options: TestNatsOptions = {}): Promise<TestNats> {
  const engine = await containerEngine();
  return engine ? startInContainer(engine, options) : startEmbedded(options);
}

async function startEmbedded({ fsync = true, users, runDirectory }: TestNatsOptions): Promise<TestNats> {
  const directory = freshDirectory(runDirectory);
  const known = users === undefined ? {} : { users: usersFor(users), password: test_password };
  let server = await startNatsServer({ directory, fsync, ...known });
  const { url, port } = server;
  return {
    url,
    kill: () => server.kill(),
    restart: async () => {
      await server.stop();
      server = await startNatsServer({ directory, fsync, port, ...known });
    },
    stop: () => server.stop(),
  };
}

async function startInContainer(
  engine: ContainerRuntimeClient,
  { fsync = true, users }: TestNatsOptions,
): Promise<TestNats> {
  const known = users === undefined ? '' : usersFor(users);
  const credentials = users === undefined ? '' : `admin:${test_password}@`;
  const sync = fsync ? ', sync_interval: always' : '';
  const container = await new GenericContainer(image)
    .withCopyContentToContainer([
      {
        target: '/odnix.conf',
        content: `listen: "0.0.0.0:4222"\njetstream { store_dir: "/store"${sync} }\n${known}`,
      },
    ])
    .withCommand(['-c', '/odnix.conf'])
    // A port chosen by the engine would change at a restart.
    .withExposedPorts({ container: 4222, host: await freePort() })
    .withWaitStrategy(Wait.forLogMessage(/Server is ready/))
    .start();
  const handle = engine.container.getById(container.getId());
  return {
    url: `nats://${credentials}${container.getHost()}:${container.getMappedPort(4222)}`,
    kill: async () => void (await handle.kill({ signal: 'SIGKILL' })),
    restart: () => engine.container.restart(handle),
    stop: async () => void (await container.stop()),
  };
}

/** The same server for another of its users. */
export function natsUrlOf({ url }: TestNats, user: App): string {
  const own = new URL(url);
  own.username = user;
  return own.href;
}

function usersFor({ streamsPerFamily }: { readonly streamsPerFamily: number }): string {
  const everybody = [...apps, 'admin'] as const;
  const passwords = Object.fromEntries(everybody.map((user) => [user, test_password]));
  return natsAuthorization(passwords as Record<(typeof everybody)[number], string>, { streamsPerFamily });
}
