/** The people and chats that checks share. Checks run at the same time: what one changes, it makes for itself. */
import { randomInt } from 'node:crypto';
import { v7 as uuidV7 } from 'uuid';
import { Participant, patiently } from './participant.js';
import type { Caller } from './rpc.js';

export interface SharedChat {
  readonly chat_id: string;
  /** Ann's message in it. */
  readonly seq: number;
}

export class World {
  private constructor(
    readonly url: string,
    /** Is in every chat, and has most to say in them. */
    readonly ann: Participant,
    /** Is in them as well, as a member. */
    readonly bob: Participant,
    /** Is in none of them, and has one of their own. */
    readonly cat: Participant,
    readonly chats: Readonly<Record<'direct' | 'group' | 'channel' | 'foreign', SharedChat>>,
  ) {}

  static async make(url: string): Promise<World> {
    const phones = [newPhone(), newPhone(), newPhone()];
    const [ann, bob, cat] = (await Promise.all(phones.map((phone) => Participant.signIn(url, phone)))) as [
      Participant,
      Participant,
      Participant,
    ];
    const made = (by: Participant, kind: string, others: Participant[]) =>
      chatBy(
        by.json,
        kind,
        others.map(({ userId }) => userId),
      );
    const [direct, group, channel, foreign] = await Promise.all([
      made(ann, 'direct', [bob]),
      made(ann, 'group', [bob]),
      made(ann, 'channel', [bob]),
      made(cat, 'group', []),
    ]);
    const chats = { direct, group, channel, foreign };
    // Each way of asking has seen them from here on.
    const shared = [direct, group, channel].flatMap(({ chat_id }) =>
      [ann, bob].flatMap(({ callers }) => Object.values(callers).map((caller) => isSeen(caller, chat_id))),
    );
    await Promise.all([
      ...shared,
      ...Object.values(cat.callers).map((caller) => isSeen(caller, foreign.chat_id)),
    ]);
    return new World(url, ann, bob, cat, chats);
  }

  /** Somebody of one check's own; signed out with the others. */
  async newcomer(): Promise<Participant> {
    const newcomer = await Participant.signIn(this.url, newPhone());
    this.newcomers.push(newcomer);
    return newcomer;
  }
  private readonly newcomers: Participant[] = [];

  get everybody(): readonly Participant[] {
    return [this.ann, this.bob, this.cat, ...this.newcomers];
  }

  /** A group of Ann's and Bob's that nobody else uses, made over the way that is about to be tried. */
  freshGroup(by: Caller = this.ann.json): Promise<SharedChat> {
    return chatBy(by, 'group', [this.bob.userId]);
  }

  /** Leaves nothing connected and nobody signed in. */
  async leave(): Promise<void> {
    await Promise.all(this.everybody.map((one) => one.signOut()));
  }
}

/** A key of idempotency, as clients make them. */
export const key = (): string => uuidV7();

export const says = (text: string) => ({ type: 'text', text });

/** +999 is nobody's country code: no code is ever sent to a stranger. */
export const newPhone = (): string => `+999${randomInt(10 ** 10, 10 ** 11)}`;

async function chatBy(by: Caller, kind: string, member_ids: string[]): Promise<SharedChat> {
  const title = kind === 'direct' ? {} : { title: 'Conformance' };
  const { chat } = await patiently(() =>
    by.request('chats.create', { kind, member_ids, ...title, client_request_id: key() }),
  );
  const { chat_id } = chat;
  const { seq } = await patiently(() =>
    by.request('messages.send', { chat_id, client_msg_id: key(), content: says('hello') }),
  );
  return { chat_id, seq };
}

async function isSeen(by: Caller, chat_id: string): Promise<void> {
  const deadline = Date.now() + seen_ms_max;
  for (;;) {
    const found = await patiently(() => by.request('chats.get', { chat_id })).then(
      () => true,
      () => false,
    );
    if (found) return;
    if (Date.now() > deadline) throw new Error(`a chat that was made is not found within ${seen_ms_max} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const seen_ms_max = 10_000;
