/**
 * Stands in for command handlers and timeline where a test wants to say exactly what is stored and what is announced:
 * real decisions and entries in real streams, written by this one writer.
 */
import { createHash } from 'node:crypto';
import type { NatsConnection } from '@nats-io/nats-core';
import { v7 as uuidV7 } from 'uuid';
import type { Decision, StoredEvent } from '#domain/kernel/decision.js';
import { emptyLogHash, entryHash, type EntryKind, type UserLogEntry } from '#domain/user-log/entry.js';
import { renderUpdate, type RenderedEvent } from '#domain/user-log/render.js';
import type { AnnouncedUpdate, Announcement } from '#streams/announcement.js';
import { DirectGet } from '#streams/direct-get.js';
import { NatsEventStore } from '#streams/nats-event-store.js';
import { accountSubject, chatSubject, liveUserSubject, streamOf } from '#streams/subjects.js';
import { UserLog } from '#streams/user-log.js';
import { newEntry } from '#streams/user-stream-message.js';

const sha256 = (...parts: readonly (string | Uint8Array)[]): Uint8Array => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

export class LogWriter {
  private readonly store: NatsEventStore;
  private readonly log: UserLog;
  private readonly heads = new Map<string, { pts: number; hash: string }>();
  private lastSeq = 0;

  constructor(
    private readonly nc: NatsConnection,
    private readonly streamsPerFamily: number,
  ) {
    this.store = new NatsEventStore(nc, { streamsPerFamily });
    this.log = new UserLog(nc, new DirectGet(nc));
  }

  /** A user with this one device. */
  async signIn(
    user_id: string,
    device_id: string,
    deviceIds: readonly string[] = [device_id],
  ): Promise<void> {
    const devices = deviceIds.map((id) => ({
      device_id: id,
      name: 'd',
      type: 'web' as const,
      added_at_ms: 1,
    }));
    const state = { status: 'active', user_id, display_name: 'n', phone_hash: 'h', registered_at_ms: 1 };
    await this.decide(accountSubject(user_id), [], { ...state, last_date_ms: 1, devices });
  }

  /** Stores a message of somebody else in the user's log; announces it unless told not to. */
  async message(userId: string, chatId: string, text: string, announced = true): Promise<AnnouncedUpdate> {
    const seq = (this.lastSeq += 1);
    const message = {
      seq,
      client_msg_id: uuidV7(),
      sender_id: uuidV7(),
      sender_device_id: uuidV7(),
      date_ms: seq,
    };
    const body = { content: { type: 'text', text }, salt: 's', commitment: `c${seq}` };
    const event = {
      event_id: uuidV7(),
      type: 'MessageSent',
      version: 1,
      chat_pts: seq,
      data: { message, body },
    };
    const about = { chat_id: chatId, chat_pts: seq, seq, commitment: body.commitment };
    return this.entry(userId, chatSubject(chatId), event, 'message.new', about, announced);
  }

  async deleted(userId: string, { update }: AnnouncedUpdate): Promise<AnnouncedUpdate> {
    if (update.type !== 'message.new') throw new Error('only a message can be deleted');
    const { message, chat_id, seq } = update;
    const data = { message, sent_chat_pts: seq, deleted_by: message.sender_id, deleted_at_ms: 9 };
    const event = { event_id: uuidV7(), type: 'Tombstoned', version: 1, chat_pts: 1_000 + seq, data };
    const about = { chat_id, chat_pts: 1_000 + seq, seq };
    return this.entry(userId, chatSubject(chat_id), event, 'message.deleted', about, true);
  }

  async deviceRemoved(user_id: string, device_id: string): Promise<AnnouncedUpdate> {
    const data = { user_id, device_id, reason: 'signed_out' };
    const event = { event_id: uuidV7(), type: 'DeviceRevoked', version: 1, chat_pts: 0, data };
    return this.entry(user_id, accountSubject(user_id), event, 'device.removed', {}, true);
  }

  announce(userId: string, items: readonly AnnouncedUpdate[]): void {
    const announcement: Announcement = { prev_pts: items[0]!.pts - 1, items };
    this.nc.publish(liveUserSubject(userId), JSON.stringify(announcement));
  }

  private async entry(
    userId: string,
    subject: string,
    event: StoredEvent,
    kind: EntryKind,
    about: Pick<UserLogEntry, 'chat_id' | 'chat_pts' | 'seq' | 'commitment'>,
    announced: boolean,
  ): Promise<AnnouncedUpdate> {
    const source = await this.decide(subject, [event]);
    const head = this.heads.get(userId) ?? { pts: 0, hash: emptyLogHash };
    const hashed = { pts: head.pts + 1, kind, date_ms: 1_000 + head.pts, ...about };
    const hash = entryHash(sha256, head.hash, hashed);
    const entry: UserLogEntry = { format: 1, ...hashed, source: { ...source, index: 0 }, hash };
    const stream = streamOf('USER', userId, this.streamsPerFamily);
    const last = await this.log.lastSequence(stream);
    const stored = await this.log.append(last, [newEntry(userId, entry)]);
    if (!stored.ok) throw new Error(`the log took nothing: ${stored.reason}`);
    this.heads.set(userId, { pts: entry.pts, hash });
    const update = renderUpdate(entry, event as RenderedEvent, 0);
    const { pts, date_ms, commitment } = entry;
    const item = {
      pts,
      date_ms,
      ...(commitment === undefined ? {} : { commitment }),
      sequence: last + 1,
      hash,
      source,
      update,
    };
    if (announced) this.announce(userId, [item]);
    return item;
  }

  private async decide(
    subject: string,
    events: readonly StoredEvent[],
    state: unknown = {},
  ): Promise<{ stream: string; sequence: number }> {
    const decision: Decision = {
      format: 1,
      decision_id: uuidV7(),
      meta: {
        occurred_at_ms: 1,
        actor: { user_id: null, device_id: null },
        command_id: uuidV7(),
        causation_id: uuidV7(),
        correlation_id: uuidV7(),
      },
      header: { state_at: 0, since: [], members_at: 0 },
      events,
      state,
      members: [],
    };
    const result = await this.store.appendUnguarded(subject, decision);
    if (result.kind !== 'appended') throw new Error(`nothing was appended: ${result.kind}`);
    return { stream: result.stream, sequence: result.firstSequence };
  }
}
