import { Auth, type Credentials } from '../auth.js';
import { OdnixClient } from '../client.js';
import type { Environment } from '../environment.js';
import type { LocalStore } from '../local-store.js';
import { SlowStore } from './slow-store.js';
import { TinyServer, user_id } from './tiny-server.js';
import { settled, VirtualEnvironment } from './virtual-environment.js';

const credentials: Credentials = {
  user_id,
  device_id: 'd',
  access_token: 'a',
  refresh_token: 'r',
  renew_at_ms: Number.MAX_SAFE_INTEGER,
};

/** One life of a client's process: `kill` leaves what was stored, and nothing else happens of it. */
export async function life(environment: VirtualEnvironment, store: LocalStore) {
  let isAlive = true;
  const never = new Promise<never>(() => undefined);
  const mortal: Environment = {
    nowMs: environment.nowMs,
    random: environment.random,
    randomBytes: environment.randomBytes,
    sha256: environment.sha256,
    fetch: () => never,
    openSocket: (url) => environment.openSocket(url),
    after: (ms, run) => environment.after(ms, () => isAlive && run()),
  };
  let kept: Credentials | null = credentials;
  const mortalStore = new SlowStore(store, mortal);
  const auth = new Auth(
    'http://tiny',
    { load: async () => kept, save: () => never, clear: async () => void (kept = null) },
    mortal,
  );
  await auth.restore();
  const seen: string[] = [];
  const starting = OdnixClient.start({
    url: 'http://tiny',
    environment: mortal,
    auth,
    store: mortalStore,
    client: { name: 'spec', version: '1' },
  });
  const client = await within(environment, starting);
  client.on('problem', ({ error }) => seen.push(String(error)));
  client.on('diverged', ({ pts }) => seen.push(`diverged at ${pts}`));
  void client.connect();
  const kill = (): void => {
    isAlive = false;
    void client.close();
  };
  return { client, seen, kill, credentials: () => kept };
}

/** What takes its time is waited for while time passes. */
export async function within<T>(environment: VirtualEnvironment, work: Promise<T>): Promise<T> {
  let isOver = false;
  const over = (): void => void (isOver = true);
  work.then(over, over);
  await settled();
  while (!isOver) await environment.pass(environment.nextInMs ?? 1);
  return work;
}

export function tinyWorld(seed: number, faults = { lost: 0, busy: 0, unpushed: 0 }) {
  const environment = new VirtualEnvironment(seed);
  const server = new TinyServer(environment, faults);
  environment.openSocket = () => server.connect();
  return { environment, server };
}

export async function reborn(device: { kill(): void }, environment: VirtualEnvironment, store: LocalStore) {
  device.kill();
  await settled();
  return life(environment, store);
}
