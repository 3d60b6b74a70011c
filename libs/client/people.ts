import type { UserView } from '#protocol/methods/users.js';
import type { LocalStore, StoredValue } from './local-store.js';

/** Profiles kept; beyond it the one that was learnt first is forgotten. */
const people_max = 5_000;

export interface PeopleOptions {
  readonly store: LocalStore;
  readonly fetch: (userId: string) => Promise<UserView>;
}

const key_prefix = 'user/';

/** Who is who: profiles as they came along, fetched where they did not. */
export class People {
  readonly #known = new Map<string, UserView>();
  readonly #fetching = new Map<string, Promise<UserView>>();

  constructor(private readonly options: PeopleOptions) {}

  /** Of its records' keys. */
  readonly prefix = key_prefix;

  restore(records: ReadonlyMap<string, StoredValue>): void {
    for (const [key, user] of records) if (key.startsWith(key_prefix)) this.#keep(user as UserView);
  }

  get(userId: string): UserView | undefined {
    return this.#known.get(userId);
  }

  /** Concurrent calls for one person are one request. */
  async find(userId: string): Promise<UserView> {
    const known = this.#known.get(userId);
    if (known) return known;
    const fetching = this.#fetching.get(userId) ?? this.#fetch(userId);
    this.#fetching.set(userId, fetching);
    return fetching;
  }

  async learn(users: readonly UserView[]): Promise<void> {
    const changes = new Map<string, StoredValue | null>();
    for (const { user_id, display_name } of users) {
      for (const forgotten of this.#keep({ user_id, display_name }))
        changes.set(key_prefix + forgotten, null);
      changes.set(key_prefix + user_id, { user_id, display_name });
    }
    await this.options.store.commit(changes);
  }

  async #fetch(userId: string): Promise<UserView> {
    try {
      const user = await this.options.fetch(userId);
      await this.learn([user]);
      return user;
    } finally {
      this.#fetching.delete(userId);
    }
  }

  /** Returns whom it had to forget. */
  #keep(user: UserView): string[] {
    this.#known.set(user.user_id, user);
    const [oldest] = this.#known.keys();
    if (this.#known.size <= people_max || oldest === undefined) return [];
    this.#known.delete(oldest);
    return [oldest];
  }
}
