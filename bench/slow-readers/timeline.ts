/**
 * Stands in for the timeline: writes a group's updates into its members' logs and announces each after the store's answer, so
 * that a gateway is given exactly as many updates of a size as a measurement wants.
 */
import type { NatsConnection } from '@nats-io/nats-core';
import type { ChatEvent, Member } from '#domain/chat/events.js';
import { renderUpdate, type RenderedEvent } from '#domain/user-log/render.js';
import type { ProjectedRecord } from '#projections/define-projection.js';
import type { UserStreamEvent } from '#projections/user-log/rows.js';
import type { Announcement } from '#streams/announcement.js';
import { liveUserSubject } from '#streams/subjects.js';
import { ChatHistory, counter, LogHistories, member } from '../../test/support/chat-history.js';
import { storeRecords } from '../../test/support/stored-history.js';

export class BenchTimeline {
  private readonly nextOfChats = counter();
  private readonly logs = new LogHistories('USER_0', counter());
  private readonly heads = new Map<string, number>();

  constructor(private readonly nc: NatsConnection) {}

  async group(userIds: readonly string[]): Promise<BenchGroup> {
    const members = new Map(userIds.map((id) => [id, member(id)]));
    const group = new BenchGroup(this, new ChatHistory('CHAT_0', this.nextOfChats), members);
    await group.create();
    return group;
  }

  headOf(userId: string): number {
    return this.heads.get(userId) ?? 0;
  }

  async decided(record: ProjectedRecord<ChatEvent>, members: ReadonlyMap<string, Member>): Promise<void> {
    await storeRecords(this.nc, [record]);
    this.logs.follow(record, members);
    await this.announceAll(record.events[0] as RenderedEvent);
  }

  /** A small update: somebody has read up to there. */
  async marked(
    userIds: readonly string[],
    chatId: string,
    onAnnounced: (userId: string) => void,
  ): Promise<void> {
    const about = { chat_id: chatId, chat_pts: 1, seq: 1 };
    for (const id of userIds)
      this.logs.append(id, 'read.outbox', { stream: 'RECEIPT_0', sequence: 1 }, about);
    await this.announceAll(null, onAnnounced);
  }

  private async announceAll(
    event: RenderedEvent | null,
    onAnnounced: (userId: string) => void = () => undefined,
  ): Promise<void> {
    const records = this.logs.records.splice(0);
    await storeRecords(this.nc, records);
    for (const record of records) {
      onAnnounced(record.aggregate_id);
      this.announce(record, event);
    }
  }

  private announce(
    { aggregate_id, sequence, events }: ProjectedRecord<UserStreamEvent>,
    event: RenderedEvent | null,
  ): void {
    const [appended] = events;
    if (appended?.type !== 'EntryAppended') throw new Error('only entries are announced');
    const { entry } = appended;
    const { pts, date_ms, hash, commitment, source } = entry;
    const item = {
      pts,
      date_ms,
      ...(commitment === undefined ? {} : { commitment }),
      sequence,
      hash,
      source: { stream: source.stream, sequence: source.sequence },
      update: renderUpdate(entry, event, 0),
    };
    const announcement: Announcement = { prev_pts: pts - 1, items: [item] };
    this.heads.set(aggregate_id, pts);
    this.nc.publish(liveUserSubject(aggregate_id), JSON.stringify(announcement));
  }
}

export class BenchGroup {
  constructor(
    private readonly timeline: BenchTimeline,
    private readonly chat: ChatHistory,
    private readonly members: ReadonlyMap<string, Member>,
  ) {}

  create(): Promise<void> {
    return this.timeline.decided(this.chat.create([...this.members.values()]), this.members);
  }

  message(text: string): Promise<void> {
    return this.timeline.decided(this.chat.send([...this.members.keys()][0]!, text), this.members);
  }

  /** To some of the members; resolves once all were announced. */
  mark(userIds: readonly string[], onAnnounced: (userId: string) => void = () => undefined): Promise<void> {
    return this.timeline.marked(userIds, this.chat.chatId, onAnnounced);
  }
}
