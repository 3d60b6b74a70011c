/** A chat in which everything happens that can, by chance, and the logs that this leads to. */
import { randomUUID } from 'node:crypto';
import type { Member } from '#domain/chat/events.js';
import { ChatHistory, LogHistories, member, signedOut } from './chat-history.js';
import type { ProjectedRecord } from '#projections/define-projection.js';
import type { Random } from './random.js';

type Act = (random: Random) => void;

/** A group that people come to and leave, and in which they write, change, take back, read and react. */
export class LivelyChats {
  readonly people = [randomUUID(), randomUUID(), randomUUID()] as const;
  readonly logs: LogHistories;
  readonly chat: ChatHistory;
  private readonly members = new Map<string, Member>();
  /** By seq: who wrote what still stands. */
  private readonly standing = new Map<number, string>();
  readonly accounts: ProjectedRecord[] = [];
  private readonly nextOfAccounts: () => number;
  private lastSeq = 0;
  private chatPts = 0;

  constructor(
    next: { readonly chats: () => number; readonly accounts: () => number; readonly logs: () => number },
    private readonly random: Random,
  ) {
    this.chat = new ChatHistory('CHAT_0', next.chats);
    this.logs = new LogHistories('USER_0', next.logs);
    this.nextOfAccounts = next.accounts;
    const [owner, other] = this.people;
    this.enter(member(owner, 1, 'owner'), member(other));
    this.told(this.chat.createInVersion1([...this.members.values()], 'From \0 before'));
  }

  /** An entry that refers to no chat. */
  private signOut(random: Random): void {
    const record = signedOut(random.pick(this.people), this.nextOfAccounts());
    this.accounts.push(record);
    this.logs.append(record.aggregate_id, 'device.removed', record);
  }

  act(times: number): this {
    const acts: readonly Act[] = [
      this.send,
      this.send,
      this.send,
      this.edit,
      this.remove,
      this.react,
      this.read,
      this.settle,
      this.rename,
      this.hide,
    ];
    for (let i = 0; i < times; i++) {
      if (i % 40 === 39) this.comeAndGo();
      else if (i % 50 === 10) this.signOut(this.random);
      else this.random.pick(acts).call(this, this.random);
    }
    return this;
  }

  send(random: Random, text = `text ${random.integer(1_000_000)}`): void {
    const by = random.pick([...this.members.keys()]);
    const record = this.chat.send(by, text);
    this.lastSeq += 1;
    this.standing.set(this.lastSeq, by);
    this.told(record);
  }

  /** Everybody's view of a message goes. */
  delete(seq: number): void {
    const by = this.standing.get(seq)!;
    this.standing.delete(seq);
    this.told(this.chat.tombstone(by, seq));
  }

  get memberCount(): number {
    return this.members.size;
  }

  get standingSeqs(): readonly number[] {
    return [...this.standing.keys()];
  }

  private edit(random: Random): void {
    const seq = this.anySeq(random);
    if (seq) this.told(this.chat.edit(this.standing.get(seq)!, seq, `changed ${random.integer(1_000_000)}`));
  }

  private remove(random: Random): void {
    const seq = this.anySeq(random);
    if (seq) this.delete(seq);
  }

  private react(random: Random): void {
    const seq = this.anySeq(random);
    const by = random.pick([...this.members.keys()]);
    if (seq) this.told(this.chat.react(by, seq, random.pick(['🎉', '👍', null])));
  }

  private read(random: Random): void {
    const reader = random.pick([...this.members.keys()]);
    const source = { stream: 'RECEIPT_0', sequence: 1 + this.chatPts };
    const about = { chat_id: this.chat.chatId, chat_pts: this.chatPts, seq: Math.max(1, this.lastSeq) };
    this.logs.append(reader, 'read.inbox', source, about);
    for (const one of this.members.keys())
      if (one !== reader) this.logs.append(one, 'read.outbox', source, about);
  }

  /** The number of the account's decision is not one of any that is stored: entries of settings are whole without it. */
  private settle(random: Random): void {
    const by = random.pick([...this.members.keys()]);
    const about = { chat_id: this.chat.chatId, chat_pts: this.chatPts };
    const muted_until_ms = random.pick([null, 5_000, 6_000]);
    const values = {
      muted_until_ms,
      archived: random.pick([true, false]),
      pinned: random.pick([true, false]),
    };
    this.logs.append(by, 'chat.settings', { stream: 'ACCOUNT_0', sequence: 1 }, { ...about, values });
  }

  /** As settings are. */
  private hide(random: Random): void {
    const by = random.pick([...this.members.keys()]);
    const seqs = [1 + random.integer(Math.max(1, this.lastSeq)), 1 + this.lastSeq];
    const about = { chat_id: this.chat.chatId, chat_pts: this.chatPts };
    this.logs.append(
      by,
      'messages.hidden',
      { stream: 'ACCOUNT_0', sequence: 1 },
      { ...about, values: { seqs } },
    );
  }

  private comeAndGo(): void {
    const [owner, , guest] = this.people;
    const there = this.members.get(guest);
    if (there) {
      this.told(this.chat.remove(owner, guest, this.members.size - 1));
      this.members.delete(guest);
    } else {
      const added = member(guest, this.lastSeq + 1);
      this.enter(added);
      this.told(this.chat.add(owner, [added], this.members.size));
    }
  }

  private rename(random: Random): void {
    const by = random.pick([...this.members.keys()]);
    const data = random.pick([
      { title: 'Club' },
      { title: 'Crew', description: 'us' },
      { description: null },
    ]);
    this.told(this.chat.change(by, data));
  }

  private anySeq(random: Random): number | undefined {
    return this.standing.size === 0 ? undefined : random.pick(this.standingSeqs);
  }

  private enter(...members: readonly Member[]): void {
    for (const one of members) this.members.set(one.user_id, one);
  }

  private told(record: ReturnType<ChatHistory['decide']>): void {
    this.chatPts = record.events.at(-1)!.chat_pts;
    this.logs.follow(record, this.members);
  }
}
