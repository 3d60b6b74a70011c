/**
 * A few people who do something of everything that a dashboard shows: they chat, type, watch each other, come back from where
 * they left, are refused, and sign devices out.
 */
import { v7 as uuidV7 } from 'uuid';
import { Person } from './person.js';

export interface Addresses {
  readonly api: string;
  readonly gateway: string;
}

export class SeenPeople {
  private constructor(
    private readonly at: Addresses,
    private readonly ann: Person,
    private readonly bob: Person,
    private readonly chatId: string,
  ) {}

  static async meet(at: Addresses, phones: readonly [string, string]): Promise<SeenPeople> {
    const [ann, bob] = await Promise.all(phones.map((phone) => Person.signIn(at.api, phone)));
    for (const one of [ann!, bob!]) await one.connect(at.gateway);
    const { chat } = await ann!.create({ kind: 'direct', member_ids: [bob!.userId] });
    return new SeenPeople(at, ann!, bob!, chat.chat_id);
  }

  /** A minute of their life, in a second. */
  async live(): Promise<void> {
    const { ann, bob, chatId } = this;
    await ann.request('presence.watch', { user_ids: [bob.userId] });
    await bob.request('typing.set', { chat_id: chatId, action: 'typing' });
    const { seq } = await bob.patiently('messages.send', aMessage(chatId));
    await ann.sees(({ type, message }) => type === 'message.new' && message.seq === seq);
    await ann.patiently('messages.read', { chat_id: chatId, seq, client_request_id: uuidV7() });
    await ann.history(chatId);
    await ann.request('messages.send', aMessage(uuidV7())).catch(() => undefined);
    await this.comeBack();
  }

  /** Ann was away while Bob sent something; a second device of hers is signed out. */
  private async comeBack(): Promise<void> {
    const { ann, bob, chatId, at } = this;
    ann.client.drop();
    const { seq } = await bob.patiently('messages.send', aMessage(chatId));
    await ann.connect(at.gateway);
    await ann.sees(({ type, message }) => type === 'message.new' && message.seq === seq);
  }

  leave(): void {
    for (const { client } of [this.ann, this.bob]) client.drop();
  }
}

const aMessage = (chat_id: string) => ({
  chat_id,
  client_msg_id: uuidV7(),
  content: { type: 'text', text: 'here I am' },
});
