/** A signed-in device of a test's user: calls methods, keeps what it was sent, comes back where it left. */
import { v7 as uuidV7 } from 'uuid';
import {
  ConnectionLost,
  WireClient,
  WireRefusal,
  post,
  signIn,
  type SignedIn,
  type WireUpdate,
} from './wire-client.js';

export interface Acknowledged {
  chat_id: string;
  client_msg_id: string;
  seq: number;
  date_ms: number;
  duplicate: boolean;
  text: string;
  sender_id: string;
}

export class Person {
  client!: WireClient;
  /** Every update, over all connections, in the order it came; contiguous or the checks fail. */
  readonly log: WireUpdate[] = [];
  private taken = 0;

  private constructor(
    public baseUrl: string,
    public identity: SignedIn,
  ) {}

  static async signIn(baseUrl: string, phone: string, device?: string): Promise<Person> {
    return new Person(baseUrl, await signIn(baseUrl, phone, device));
  }

  /** The same device with new tokens, and nothing of what it was sent. */
  async refreshed(baseUrl: string): Promise<Person> {
    return new Person(baseUrl, await this.newTokens(baseUrl));
  }

  /** Goes on beyond the life of its access token, on the connection that it has. */
  async renew(): Promise<void> {
    this.identity = await this.newTokens(this.baseUrl);
    await this.request('session.refresh', { access_token: this.identity.access_token });
  }

  private async newTokens(baseUrl: string): Promise<SignedIn> {
    const { refresh_token } = this.identity;
    return { ...this.identity, ...(await post(baseUrl, '/v1/auth/refresh', { refresh_token })) };
  }

  get userId(): string {
    return this.identity.user_id;
  }

  /** Opens a session where this device left off; the first time from the beginning of the log. */
  async connect(baseUrl = this.baseUrl): Promise<this> {
    this.baseUrl = baseUrl;
    const token = this.log.at(-1)?.sync_token;
    this.client = await WireClient.open(baseUrl, this.identity.access_token, token);
    this.taken = 0;
    if (token !== undefined) await this.client.caughtUp();
    else await this.fromTheBeginning();
    return this;
  }

  /** Takes over what has come, and says how far this device is. */
  get pts(): number {
    const fresh = this.client.updates.slice(this.taken);
    this.taken += fresh.length;
    this.log.push(...fresh);
    return this.log.at(-1)?.pts ?? 0;
  }

  /** Waits until an update has come that the condition holds for. */
  async sees(condition: (update: any) => boolean): Promise<any> {
    const find = () => (this.pts, this.log.find(({ update }) => condition(update)));
    await this.client.until(() => find() !== undefined);
    return find()!.update;
  }

  async reaches(pts: number): Promise<void> {
    await this.client.until(() => this.pts >= pts);
  }

  request(method: string, params: object = {}): Promise<any> {
    return this.client.request(method, params);
  }

  /** Creates a chat, by a request of its own. */
  create(chat: { kind: string; member_ids: string[]; title?: string; history?: string }): Promise<any> {
    return this.request('chats.create', { ...chat, client_request_id: uuidV7() });
  }

  async send(chat_id: string, text: string, client_msg_id: string = uuidV7()): Promise<Acknowledged> {
    const params = { chat_id, client_msg_id, content: { type: 'text', text } };
    const { seq, date_ms, duplicate } = await this.request('messages.send', params);
    return { chat_id, client_msg_id, seq, date_ms, duplicate, text, sender_id: this.userId };
  }

  /** The whole log from pts 1 by `updates.getDifference`, slice by slice. */
  async wholeLog(limit = 500): Promise<WireUpdate[]> {
    const updates: WireUpdate[] = [];
    for (let position: object = { pts: 0 }; ;) {
      const answer = await this.patiently('updates.getDifference', { ...position, limit });
      updates.push(...answer.updates);
      if (answer.type !== 'slice') return updates;
      position = { sync_token: answer.sync_token };
    }
  }

  /** Repeats what the server calls retryable; what is not is thrown. */
  async patiently(method: string, params: object = {}, tries = 40): Promise<any> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.request(method, params);
      } catch (error) {
        const retryable = error instanceof WireRefusal && error.error.data?.retryable;
        if (!retryable || attempt === tries) throw error;
        await new Promise((resolve) => setTimeout(resolve, error.error.data?.retry_after_ms ?? 100));
      }
    }
  }

  async snapshotPages(chats_limit = 50): Promise<any[]> {
    const pages = [await this.patiently('sync.snapshot', { chats_limit })];
    while (pages.at(-1).next_cursor) {
      pages.push(await this.patiently('sync.snapshot', { chats_limit, cursor: pages.at(-1).next_cursor }));
    }
    return pages;
  }

  /** Whom this user has blocked, by the read model, in the order of their ids. */
  async blocked(): Promise<string[]> {
    const { blocked } = await this.patiently('users.blocked', { limit: 100 });
    return blocked.map(({ user_id }: { user_id: string }) => user_id).sort();
  }

  /** Every message of a chat that this user may see, page by page. */
  async history(chat_id: string, limit = 100): Promise<any[]> {
    const messages: any[] = [];
    for (let after_seq = 0; ; after_seq = messages.at(-1).seq) {
      const page = await this.patiently('messages.history', { chat_id, after_seq, limit });
      messages.push(...page.messages);
      if (!page.more) return messages;
    }
  }

  private async fromTheBeginning(): Promise<void> {
    const upTo = this.client.session.pts as number;
    const before = (await this.wholeLog()).filter(({ pts }) => pts <= upTo);
    this.log.push(...before);
  }
}

export { ConnectionLost, WireRefusal };
