import type { UserChangedUpdate } from '#domain/user-log/update.js';
import type { UserView } from '#protocol/methods/users.js';
import type { LocalStore, StoredValue } from './local-store.js';

/** Profiles kept; beyond it the one that was learnt first is forgotten. */
const people_max = 5_000;
/** The log does not tell of others' profiles: who is shown is asked for again after this. */
const fresh_ms_max = 600_000;
const asking_max = 4;

export interface PeopleOptions {
  readonly store: LocalStore;
  readonly nowMs: () => number;
  readonly fetch: (userId: string) => Promise<UserView>;
  /** Once, and only while there is a connection. */
  readonly ask: (userId: string) => Promise<UserView>;
  readonly isOnline: () => boolean;
  /** Somebody who was known is called otherwise, or says something else of themselves. */
  readonly onChanged: (user: UserView) => void;
  readonly onError: (error: unknown) => void;
}

const key_prefix = 'user/';

/**
 * Who is who: profiles as they came along, fetched where they did not. Those that are shown are asked for again now and then, in the
 * background and a few at a time, so that a change is seen without anybody's log telling of it.
 */
export class People {
  readonly #known = new Map<string, UserView>();
  readonly #fetching = new Map<string, Promise<UserView>>();
  /** When each was learnt or asked for last, in this run. */
  readonly #askedAtMs = new Map<string, number>();
  readonly #toAsk = new Set<string>();
  #asking = 0;

  constructor(private readonly options: PeopleOptions) {}

  /** Of its records' keys. */
  readonly prefix = key_prefix;

  restore(records: ReadonlyMap<string, StoredValue>): void {
    for (const [key, user] of records) if (key.startsWith(key_prefix)) this.#keep(user as UserView);
  }

  /** For whoever shows it. */
  get(userId: string): UserView | undefined {
    const known = this.#known.get(userId);
    if (known !== undefined) this.#freshen(userId);
    return known;
  }

  /** Concurrent calls for one person are one request. */
  async find(userId: string): Promise<UserView> {
    const known = this.get(userId);
    if (known) return known;
    const fetching = this.#fetching.get(userId) ?? this.#fetch(userId);
    this.#fetching.set(userId, fetching);
    return fetching;
  }

  /** As lists name people: without what they say of themselves. */
  learn(users: readonly UserView[]): Promise<void> {
    return this.#store(users.map((user) => ({ ...this.#known.get(user.user_id), ...user })));
  }

  /** The whole profile. */
  replace(user: UserView): Promise<void> {
    return this.#store([user]);
  }

  async #store(users: readonly UserView[]): Promise<void> {
    const changes = new Map<string, StoredValue | null>();
    for (const given of users) {
      const user = profileOf(given);
      const before = this.#known.get(user.user_id);
      for (const forgotten of this.#keep(user)) changes.set(key_prefix + forgotten, null);
      changes.set(key_prefix + user.user_id, user);
      this.#askedAtMs.set(user.user_id, this.options.nowMs());
      const isSame = before?.display_name === user.display_name && before.about === user.about;
      if (before !== undefined && !isSame) this.options.onChanged(user);
    }
    await this.options.store.commit(changes);
  }

  #freshen(userId: string): void {
    const askedAtMs = this.#askedAtMs.get(userId) ?? -Infinity;
    if (this.options.nowMs() - askedAtMs < fresh_ms_max || !this.options.isOnline()) return;
    this.#toAsk.add(userId);
    this.#askNext();
  }

  #askNext(): void {
    const [userId] = this.#toAsk;
    if (userId === undefined || this.#asking >= asking_max) return;
    this.#toAsk.delete(userId);
    this.#askedAtMs.set(userId, this.options.nowMs());
    this.#asking += 1;
    const asked = this.options.ask(userId).then(
      (user) => this.replace(user),
      () => undefined,
    );
    void asked.catch(this.options.onError).finally(() => {
      this.#asking -= 1;
      this.#askNext();
    });
  }

  async #fetch(userId: string): Promise<UserView> {
    try {
      const user = await this.options.fetch(userId);
      await this.replace(user);
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
    this.#askedAtMs.delete(oldest);
    return [oldest];
  }
}

/** Nothing else of what names somebody. */
export function profileOf({ user_id, display_name, about }: UserView | UserChangedUpdate): UserView {
  return about === undefined || about === null ? { user_id, display_name } : { user_id, display_name, about };
}
