/** Whose devices send the inputs: people with chats of their own, who know ids of the pair's things as well. */
import { Person } from '../support/person.js';
import type { WellBehavedPair } from '../support/well-behaved-pair.js';
import { Known } from './generate/known.js';

export class Strangers {
  readonly known = new Known();
  private signedIn = 0;

  private constructor(private readonly url: string) {}

  static async of(url: string, pair: WellBehavedPair): Promise<Strangers> {
    const strangers = new Strangers(url);
    const { known } = strangers;
    known.add('chat_id', pair.chatId);
    known.add('user_id', pair.one.userId, pair.other.userId);
    known.add('device_id', pair.one.identity.device_id);
    known.add('phone', '+15550001', '+15550003');
    known.add('sync_token', String(pair.one.client.session['sync_token']));
    await strangers.haveChats();
    return strangers;
  }

  /** Of a new person, whom nobody knows. */
  async newToken(): Promise<string> {
    const phone = `+1555${1_000_000 + this.signedIn++}`;
    const { identity } = await Person.signIn(this.url, phone);
    this.known.add('phone', phone);
    this.known.learn(identity);
    return identity.access_token;
  }

  private async haveChats(): Promise<void> {
    const phones = ['+15550003', '+15550004'];
    const [one, friend] = await Promise.all(phones.map((phone) => Person.signIn(this.url, phone)));
    await one!.connect();
    this.known.learn(one!.identity);
    this.known.learn(one!.client.session);
    for (const kind of ['direct', 'group', 'channel']) {
      const title = kind === 'direct' ? {} : { title: kind };
      const { chat } = await one!.create({ kind, member_ids: [friend!.userId], ...title });
      this.known.learn(chat);
      await one!.send(chat.chat_id, 'hello');
    }
    for (const method of ['sync.snapshot', 'chats.list'])
      this.known.learn(
        await one!.patiently(method, method === 'chats.list' ? { limit: 1 } : { chats_limit: 1 }),
      );
    one!.client.drop();
  }
}
