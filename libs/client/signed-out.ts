import type { Auth } from './auth.js';
import type { LocalStore } from './local-store.js';
import type { OdnixError } from './odnix-error.js';

/**
 * The server signed this device out, and means it: somebody may have it who should not. Its credentials go, and everything that
 * stood on it. Not for a token that is merely refused, which a server's mistake may do as well.
 */
export async function forgetEverything(auth: Auth, store: LocalStore): Promise<void> {
  await auth.forget();
  const keys = [...(await store.load()).keys()];
  await store.commit(new Map(keys.map((key) => [key, null])));
}

export const isSignedOut = (error: OdnixError | undefined): error is OdnixError =>
  error?.code === 'DEVICE_REVOKED';
