import type { Credentials, CredentialStore } from './auth.js';
import type { LocalStore } from './local-store.js';

const key = 'credentials';
const installation_key = 'installation';
const rangeOf = (key: string) => ({ from: key, before: `${key}~` });

/** Credentials in the local store, where there is no safer place such as a key chain. */
export class StoredCredentials implements CredentialStore {
  constructor(private readonly store: LocalStore) {}

  async load(): Promise<Credentials | null> {
    return ((await this.store.load(rangeOf(key))).get(key) as Credentials | undefined) ?? null;
  }

  save(credentials: Credentials): Promise<void> {
    return this.store.commit(new Map([[key, credentials]]));
  }

  clear(): Promise<void> {
    return this.store.commit(new Map([[key, null]]));
  }

  /** Outlives the sign-in, for as long as the store is not emptied. */
  async installation(candidate: string): Promise<string> {
    const kept = (await this.store.load(rangeOf(installation_key))).get(installation_key);
    if (typeof kept === 'string') return kept;
    await this.store.commit(new Map([[installation_key, candidate]]));
    return candidate;
  }
}
