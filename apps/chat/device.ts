import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Auth } from '#client/auth.js';
import { OdnixClient } from '#client/client.js';
import { FileStore } from '#client/node/file-store.js';
import { forgetLog } from '#client/replica.js';
import { StoredCredentials } from '#client/stored-credentials.js';
import type { Network } from './network.js';
import { Peers } from './peers.js';
import { signIn, type SignInScreen } from './sign-in.js';

export interface DeviceOptions {
  readonly url: string;
  readonly phone: string;
  readonly name?: string;
  readonly device: string;
  readonly qr?: boolean;
  /** Where its state is kept; one process at a time. */
  readonly directory: string;
  /** Forgets what came from the server, not the sign-in and not what waits to be sent. */
  readonly fresh: boolean;
}

/** Signed in, and not connected yet. */
export interface OpenDevice {
  readonly client: OdnixClient;
  readonly network: Network;
  readonly url: string;
  readonly peers: Peers;
}

export async function openDevice(
  options: DeviceOptions,
  network: Network,
  screen: SignInScreen,
): Promise<OpenDevice> {
  const { directory, url, fresh } = options;
  // Private is the device's own directory alone: its parents may be the server's, whose database runs as another user.
  mkdirSync(dirname(directory), { recursive: true });
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const store = new FileStore(join(directory, 'device.db'));
  const { environment } = network;
  try {
    if (fresh) await forgetLog(store);
    const auth = new Auth(url, new StoredCredentials(store), environment);
    await signIn(auth, options, screen);
    const peers = await Peers.in(store);
    const client = await OdnixClient.start({
      url,
      environment,
      auth,
      store,
      client: { name: 'odnix-chat', version: '0.1.0' },
    });
    return { client, network, url, peers };
  } catch (error) {
    await store.close();
    throw error;
  }
}
