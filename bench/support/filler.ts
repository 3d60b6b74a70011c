/** Fills CHAT and USER streams by the hundred thousand, with what command handlers and timeline would have written. */
import { randomUUID } from 'node:crypto';
import type { NatsConnection } from '@nats-io/nats-core';
import type { Member } from '#domain/chat/events.js';
import { emptyLogHash } from '#domain/user-log/entry.js';
import type { ProjectedRecord } from '#projections/define-projection.js';
import type { UserStreamEvent } from '#projections/user-log/rows.js';
import { ChatHistory, counter, LogHistories, member } from '../../test/support/chat-history.js';
import { storeRecords } from '../../test/support/stored-history.js';

const held_records_max = 5_000;
const text_chars = 120;

/** A place in a user's log, as sync tokens name it. */
export interface Place {
  readonly pts: number;
  readonly sequence: number;
  readonly hash: string;
}

export class Filler {
  private readonly nextOfChats = counter();
  private readonly logs = new LogHistories('USER_0', () => ++this.userSequence);
  private readonly decisions: ProjectedRecord[] = [];
  private readonly heads = new Map<string, Place>();
  private readonly lastSeqs = new Map<ChatHistory, number>();
  private readonly members = new Map<ChatHistory, Map<string, Member>>();
  private noted = 0;
  /** Where the streams end, or will once this was flushed. Whoever else writes to USER raises it. */
  chatSequence = 0;
  userSequence = 0;

  constructor(private readonly nc: NatsConnection) {}

  async group(userIds: readonly string[]): Promise<ChatHistory> {
    const chat = new ChatHistory('CHAT_0', this.nextOfChats);
    const members = userIds.map((id) => member(id));
    this.members.set(chat, new Map(members.map((one) => [one.user_id, one])));
    await this.decided(chat, chat.create(members));
    return chat;
  }

  /** An entry for every member. */
  async message(chat: ChatHistory, by: string): Promise<void> {
    this.lastSeqs.set(chat, (this.lastSeqs.get(chat) ?? 0) + 1);
    await this.decided(chat, chat.send(by, randomUUID().repeat(4).slice(0, text_chars)));
  }

  /** An entry that refers to nothing: somebody else has read what there is. */
  async readMark(chat: ChatHistory, userId: string): Promise<void> {
    const seq = this.lastSeqs.get(chat) ?? 1;
    const about = { chat_id: chat.chatId, chat_pts: seq, seq };
    this.logs.append(userId, 'read.outbox', { stream: 'RECEIPT_0', sequence: seq }, about);
    await this.hold();
  }

  /** The log's start before the first entry. */
  placeOf(userId: string): Place {
    return this.heads.get(userId) ?? { pts: 0, sequence: 0, hash: emptyLogHash };
  }

  async flush(): Promise<void> {
    await storeRecords(this.nc, this.decisions.splice(0));
    await storeRecords(this.nc, this.logs.records.splice(0));
    this.noted = 0;
  }

  private async decided(chat: ChatHistory, record: ReturnType<ChatHistory['decide']>): Promise<void> {
    chat.records.length = 0;
    this.decisions.push(record);
    this.chatSequence = record.sequence;
    this.logs.follow(record, this.members.get(chat)!);
    await this.hold();
  }

  private async hold(): Promise<void> {
    for (const record of this.logs.records.slice(this.noted)) this.note(record);
    this.noted = this.logs.records.length;
    if (this.noted >= held_records_max) await this.flush();
  }

  private note({ aggregate_id, sequence, events }: ProjectedRecord<UserStreamEvent>): void {
    const [event] = events;
    if (event?.type !== 'EntryAppended') return;
    const { pts, hash } = event.entry;
    this.heads.set(aggregate_id, { pts, sequence, hash });
  }
}
