import type { NatsConnection } from '@nats-io/nats-core';
import { setTimeout as pause } from 'node:timers/promises';
import { gauge, type Gauge } from '#observability/metrics.js';
import { decodeDecision } from '#domain/catalogue.js';
import { resolvePointer, StoreUnavailable } from '#streams/event-store.js';
import type { PulledBatch } from '#streams/ordered-pull.js';
import type { StoredMessage } from '#streams/stored-message.js';
import { StreamReader } from '#streams/stream-reader.js';
import { idOfSubject, streamOf, type Family } from '#streams/subjects.js';
import { announceChannel } from './announce-channel.js';
import { accountDrafts, chatDrafts, chatsConcerned, receiptDrafts, type ChatNow } from './drafts.js';
import { FollowedChats } from './followed-chats.js';
import { SourceMessage } from './source-message.js';
import { firstUnread, whole_message } from './source-place.js';
import type { SourceReads } from './source-reads.js';
import type { UserStreamWriter } from './user-stream-writer.js';
import type { DatedDraft } from './work.js';

const source_batch_messages_max = 250;
/** Receipts that wait for the chats to be read further. More of a stream are not read meanwhile. */
const receipts_parked_max = 64;
const read_again_ms = 250;

export interface SourceFeedOptions {
  readonly nc: NatsConnection;
  readonly reads: SourceReads;
  readonly streamsPerFamily: number;
  /** All there are: a feed serves these, and a new one is made when one more is to be served. */
  readonly writers: readonly UserStreamWriter[];
  /** A source holds what cannot be decoded or must not be there, at that sequence or soon after: its reading has stopped. */
  readonly onStopped: (stream: string, sequence: number, error: unknown) => void;
}

interface Received {
  readonly id: string;
  readonly subject: string;
  readonly source: SourceMessage;
}

/**
 * Reads every source stream once, makes of each message what it means for every USER stream, and hands it to the
 * writers. It begins where the writer that is furthest behind has to go on; the others leave out what they have.
 *
 * A message is handed to all writers in one moment, without anything in between: so the order in which chats and receipts
 * meet is the same in all of them. Before that it waits until every writer has room: the slowest decides.
 *
 * Receipts are applied in the order of their stream. One that waits for its chat makes those behind it wait too, so that
 * "everything up to here is written" stays true of a RECEIPT stream, for saved positions as for the entries themselves.
 */
export class SourceFeed {
  private readonly stopping = new AbortController();
  private readonly readers: StreamReader[] = [];
  private readonly pending: Gauge[] = [];
  private readonly chats: FollowedChats;

  constructor(private readonly options: SourceFeedOptions) {
    const readTo = new Map(this.streams('CHAT').map((stream) => [stream, this.startOf(stream) - 1]));
    this.chats = new FollowedChats(options.reads, readTo, this.stopping.signal);
    for (const stream of this.streams('CHAT')) this.read(stream, (received) => this.handChats(received));
    for (const stream of this.streams('ACCOUNT'))
      this.read(stream, (received) => this.handAccounts(received));
    for (const stream of this.streams('RECEIPT')) {
      this.read(stream, (received) => this.handReceipts(received), receipts_parked_max);
    }
  }

  async stop(): Promise<void> {
    this.stopping.abort(new FeedStopped());
    await Promise.all(this.readers.map((reader) => reader.stop()));
    for (const one of this.pending) one.set(0);
  }

  private streams(family: Family): string[] {
    return Array.from({ length: this.options.streamsPerFamily }, (_, index) => `${family}_${index}`);
  }

  private startOf(stream: string): number {
    return Math.min(...this.options.writers.map((writer) => firstUnread(writer.placeIn(stream))));
  }

  private read(
    stream: string,
    hand: (received: Received[]) => Promise<void>,
    batchMessagesMax = source_batch_messages_max,
  ): void {
    let at = this.startOf(stream);
    // What stands before something that cannot be decoded is handed on; then that is thrown.
    const pending = gauge('odnix.timeline.pending.messages', { stream });
    this.pending.push(pending);
    const onBatch = async ({ messages, pendingCount }: PulledBatch) => {
      pending.set(pendingCount);
      at = messages[0]!.sequence;
      const received: Received[] = [];
      let damage: { readonly sequence: number; readonly error: unknown } | undefined;
      for (const message of messages) {
        try {
          received.push(receivedFrom(stream, message));
        } catch (error) {
          damage = { sequence: message.sequence, error };
          break;
        }
      }
      if (received.length > 0) await hand(received);
      if (damage === undefined) return;
      at = damage.sequence;
      throw damage.error;
    };
    const { nc, onStopped } = this.options;
    const reader = new StreamReader(nc, {
      stream,
      startSequence: this.startOf(stream),
      batchMessagesMax,
      onBatch,
    });
    reader.closed.catch((error: unknown) => {
      if (!this.stopping.signal.aborted) onStopped(stream, at, error);
    });
    this.readers.push(reader);
  }

  private async handChats(received: readonly Received[]): Promise<void> {
    const { reads } = this.options;
    const membersOf = ({ source: { stream, sequence, decision } }: Received) =>
      reads.membersAt(stream, resolvePointer(decision.header.members_at, sequence));
    for (const { source } of received) reads.keepMembers(source.stream, source);
    const members = await this.again(() => Promise.all(received.map(membersOf)));
    for (const [i, { id, source }] of received.entries()) {
      const drafts = chatDrafts(source.decision, members[i]!, id);
      await this.room();
      this.chats.passed(source.stream, id, source);
      if (this.isAnnouncedHere(id, source)) announceChannel(this.options.nc, id, source);
      this.hand(source, drafts);
    }
  }

  /** One process announces a channel: the one that writes the USER stream of the chat's own token, as it comes to it first. */
  private isAnnouncedHere(chatId: string, { stream, sequence }: SourceMessage): boolean {
    const { streamsPerFamily, writers } = this.options;
    const announcer = writers.find((writer) => writer.stream === streamOf('USER', chatId, streamsPerFamily));
    return announcer !== undefined && announcer.placeIn(stream).sequence < sequence;
  }

  private handAccounts(received: readonly Received[]): Promise<void> {
    return this.handInOrder(received, accountDrafts);
  }

  private handReceipts(received: readonly Received[]): Promise<void> {
    return this.handInOrder(received, receiptDrafts);
  }

  /** What is about chats waits for them, and what stands behind it waits, too. */
  private async handInOrder(received: readonly Received[], draftsOf: typeof receiptDrafts): Promise<void> {
    const ready = received.map((one) => this.chatsReady(one.source));
    for (const one of ready) one.catch(() => undefined);
    for (const [i, { id, source }] of received.entries()) {
      let existing = await ready[i]!;
      await this.room();
      while (!existing.every((chatId) => this.chatNow(chatId) !== undefined)) {
        existing = await this.chatsReady(source);
        await this.room();
      }
      const drafts = draftsOf(source.decision, (chatId) => this.chatNow(chatId) ?? null);
      if (chatsConcerned(source.decision).length > 0) this.hand(source, drafts, id);
      else this.hand(source, drafts);
    }
  }

  /** The chats it is about that there are, once the reading is far enough for all of them. */
  private async chatsReady({ decision }: SourceMessage): Promise<string[]> {
    const existing: string[] = [];
    for (const { chat_id, after } of chatsConcerned(decision)) {
      const exists = await this.again(() => this.chats.ready(this.chatStream(chat_id), chat_id, after));
      if (exists) existing.push(chat_id);
    }
    return existing;
  }

  private chatNow(chatId: string): ChatNow | undefined {
    return this.chats.now(this.chatStream(chatId), chatId);
  }

  private chatStream(chatId: string): string {
    return streamOf('CHAT', chatId, this.options.streamsPerFamily);
  }

  private async room(): Promise<void> {
    await Promise.all(this.options.writers.map((writer) => writer.room()));
    this.stopping.signal.throwIfAborted();
  }

  private hand(source: SourceMessage, drafts: readonly DatedDraft[], waitsFor?: string): void {
    const { streamsPerFamily, writers } = this.options;
    const streamOfUser = (userId: string) => streamOf('USER', userId, streamsPerFamily);
    const byStream = Map.groupBy(drafts, ({ user_id }) => streamOfUser(user_id));
    const upTo = { sequence: source.sequence, index: whole_message };
    for (const writer of writers) {
      const work = { source, upTo, drafts: byStream.get(writer.stream) ?? [] };
      const isWaitedFor = waitsFor !== undefined && streamOfUser(waitsFor) === writer.stream;
      writer.add(isWaitedFor ? { ...work, waitsFor } : work);
    }
  }

  /** Reads that get no answer are asked again, for as long as it takes. */
  private async again<T>(read: () => Promise<T>): Promise<T> {
    for (;;) {
      this.stopping.signal.throwIfAborted();
      try {
        return await read();
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error;
        await pause(read_again_ms);
      }
    }
  }
}

const receivedFrom = (stream: string, { sequence, subject, data }: StoredMessage): Received => ({
  id: idOfSubject(subject),
  subject,
  source: new SourceMessage(stream, sequence, decodeDecision(data)),
});

/** Not a failure. */
class FeedStopped extends Error {
  override readonly name = 'FeedStopped';
}
