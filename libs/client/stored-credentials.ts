import type { Credentials, CredentialStore } from './auth.js';
import type { LocalStore } from './local-store.js';

const key = 'credentials';
const key_range = { from: key, before: `${key}~` };

/** Credentials in the local store, where there is no safer place such as a key chain. */
export class StoredCredentials implements CredentialStore {
  constructor(private readonly store: LocalStore) {}

  async load(): Promise<Credentials | null> {
    return ((await this.store.load(key_range)).get(key) as Credentials | undefined) ?? null;
  }

  save(credentials: Credentials): Promise<void> {
    return this.store.commit(new Map([[key, credentials]]));
  }

  clear(): Promise<void> {
    return this.store.commit(new Map([[key, null]]));
  }
}
