import { keysUnder, type LocalStore } from '#client/local-store.js';

const key_prefix = 'terminal/peer/';

/** Who the other one of a direct chat is. The log does not say it, so what was asked once is kept beside it. */
export class Peers {
  private constructor(
    private readonly store: LocalStore,
    private readonly known: Map<string, string>,
  ) {}

  static async in(store: LocalStore): Promise<Peers> {
    const records = await store.load(keysUnder(key_prefix));
    return new Peers(
      store,
      new Map(Array.from(records, ([key, userId]) => [key.slice(key_prefix.length), String(userId)])),
    );
  }

  get(chatId: string): string | undefined {
    return this.known.get(chatId);
  }

  async learn(chatId: string, userId: string): Promise<void> {
    if (this.known.has(chatId)) return;
    this.known.set(chatId, userId);
    await this.store.commit(new Map([[key_prefix + chatId, userId]]));
  }
}
