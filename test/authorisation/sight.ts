/** Everything that somebody can be shown of a chat, by every way there is, as one text. */
import { bearerOf, EventClient, poll } from '../support/event-client.js';
import { WireRefusal, type Person } from '../support/person.js';

/** What was pushed to a person while they were connected, over a socket and as events. */
export class Watching {
  private constructor(
    private readonly person: Person,
    private readonly events: EventClient,
  ) {}

  static async begin(person: Person): Promise<Watching> {
    return new Watching(
      person,
      await EventClient.open(person.baseUrl, {}, bearerOf(person.identity.access_token)),
    );
  }

  /** Both have been told that. */
  async sees(condition: (update: any) => boolean): Promise<void> {
    const { client } = this.person;
    await client.until(() => client.updates.some(({ update }) => condition(update)));
    await this.events.until(() => this.events.updates.some(({ update }) => condition(update)));
  }

  pushed(): string {
    return JSON.stringify([this.person.client.updates, this.person.client.notifications, this.events.events]);
  }

  end(): void {
    this.events.drop();
  }
}

/** By asking. What is refused shows what the refusal says. */
export async function shownOf(person: Person, chat_id: string): Promise<string> {
  const { access_token } = person.identity;
  const asked: readonly (readonly [method: string, params: object])[] = [
    ['chats.get', { chat_id }],
    ['chats.list', {}],
    ['chats.members', { chat_id }],
    ['messages.history', { chat_id }],
    ['messages.history', { chat_id, after_seq: 0 }],
    ['messages.history', { chat_id, before_seq: 1_000 }],
    ...[1, 2, 3].flatMap((seq) => [
      ['messages.reactions', { chat_id, seq }] as const,
      ['messages.edits', { chat_id, seq }] as const,
      ['messages.receipts', { chat_id, seq }] as const,
    ]),
    ['messages.history', { chat_id, around_seq: 1 }],
    ['messages.search', { query: 'said', chat_id }],
    ['messages.search', { query: 'said' }],
    ['sync.snapshot', {}],
    ['sync.chats', { watermarks: { [chat_id]: { seq: 0 } } }],
    ['sync.chats', { watermarks: { [chat_id]: { chat_pts: 0 } } }],
    ['channels.getDifference', { chat_id, chat_pts: 0 }],
    ['updates.getDifference', { pts: 0 }],
  ];
  const answers = await Promise.all(
    asked.map(([method, params]) =>
      person.patiently(method, params).catch((error: unknown) => {
        if (error instanceof WireRefusal) return error.error;
        throw error;
      }),
    ),
  );
  const polled = await poll(person.baseUrl, access_token, { pts: 0, limit: 1_000 });
  return JSON.stringify([answers, polled.body]);
}
