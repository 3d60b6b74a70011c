/** A chat's and its members' stored histories for tests of what reads them: records as a runner hands them over. */
import { createHash, randomUUID } from 'node:crypto';
import type { Body, ChatEvent, ChatKind, Member, MessageIdentity } from '#domain/chat/events.js';
import { chatCatalogue } from '#domain/chat/catalogue.js';
import { entriesOf, type Audience } from '#domain/chat/recipients.js';
import { emptyLogHash, entryHash, type EntryKind, type UserLogEntry } from '#domain/user-log/entry.js';
import { readEvent } from '#domain/kernel/event-catalogue.js';
import type { ProjectedRecord } from '#projections/define-projection.js';
import type { UserStreamEvent } from '#projections/user-log/rows.js';
import { sha256 } from '#streams/sha256.js';

type Draft = ChatEvent extends infer Event
  ? Event extends ChatEvent
    ? Pick<Event, 'type' | 'data'>
    : never
  : never;

export const body = (text: string): Body => ({
  content: { type: 'text', text },
  salt: randomUUID(),
  commitment: `commitment of ${text.length}`,
});

export const member = (user_id: string, visible_from_seq = 1, role: Member['role'] = 'member'): Member => ({
  user_id,
  role,
  joined_at_ms: 1_000,
  visible_from_seq,
});

/** One chat in one stream; several histories may share a `Sequence`. */
export class ChatHistory {
  readonly chatId = randomUUID();
  readonly records: ProjectedRecord<ChatEvent>[] = [];
  chatPts = 0;
  lastSeq = 0;
  kind: ChatKind = 'group';

  constructor(
    readonly stream: string,
    private readonly next: () => number,
  ) {}

  decide(actor: string, drafts: readonly Draft[], requestId?: string): ProjectedRecord<ChatEvent> {
    const events = drafts.map((draft) => {
      const { version } = chatCatalogue[draft.type];
      return { ...draft, event_id: randomUUID(), version, chat_pts: ++this.chatPts } as ChatEvent;
    });
    const record: ProjectedRecord<ChatEvent> = {
      stream: this.stream,
      sequence: this.next(),
      aggregate_id: this.chatId,
      events,
      decision: {
        decision_id: randomUUID(),
        meta: {
          occurred_at_ms: 1_000 + this.chatPts,
          actor: { user_id: actor, device_id: null },
          command_id: randomUUID(),
          causation_id: randomUUID(),
          correlation_id: randomUUID(),
        },
        ...(requestId === undefined ? {} : { request: { id: requestId, hash: 'keyed hash' } }),
      },
    };
    this.records.push(record);
    return record;
  }

  create(members: readonly Member[], description?: string) {
    const told = description === undefined ? {} : { description };
    const chat = { ...this.summary(members.length), title: 'Ship\0yard \ud800', ...told };
    return this.decide(members[0]!.user_id, [
      {
        type: 'ChatCreated',
        data: { chat_id: this.chatId, creator_id: members[0]!.user_id, chat, members },
      },
    ]);
  }

  /** As it was stored before a chat's description stood in its summary. */
  createInVersion1(members: readonly Member[], description: string | null): ProjectedRecord<ChatEvent> {
    const record = this.create(members);
    const [event] = record.events as [Extract<ChatEvent, { type: 'ChatCreated' }>];
    const { members: joined, ...data } = event.data;
    const stored = { ...event, version: 1, data: { ...data, description, members: joined } };
    const asOfNow = { ...record, events: [readEvent<ChatEvent>(chatCatalogue, stored)], stored: [stored] };
    this.records.splice(-1, 1, asOfNow);
    return asOfNow;
  }

  change(actor: string, data: Extract<ChatEvent, { type: 'ChatChanged' }>['data']) {
    return this.decide(actor, [{ type: 'ChatChanged', data }]);
  }

  add(actor: string, added: readonly Member[], memberCount: number) {
    return this.decide(actor, [{ type: 'MembersAdded', data: { chat: this.summary(memberCount), added } }]);
  }

  remove(actor: string, user_id: string, member_count: number) {
    return this.decide(actor, [
      { type: 'MemberRemoved', data: { user_id, reason: 'removed', member_count } },
    ]);
  }

  send(actor: string, text: string, key: string = randomUUID()) {
    const message = this.identity(++this.lastSeq, actor, key);
    return this.decide(actor, [{ type: 'MessageSent', data: { message, body: body(text) } }], key);
  }

  edit(actor: string, seq: number, text: string) {
    const data = { message: this.identity(seq, actor), body: body(text), edited_at_ms: 5_000, reactions: [] };
    return this.decide(actor, [{ type: 'MessageEdited', data }]);
  }

  tombstone(actor: string, seq: number) {
    const message = this.identity(seq, actor);
    const data = { message, sent_chat_pts: this.sentAt(seq), deleted_by: actor, deleted_at_ms: 6_000 };
    return this.decide(actor, [{ type: 'Tombstoned', data }]);
  }

  react(user_id: string, seq: number, emoji: string | null) {
    const reactions = emoji === null ? [] : [{ emoji, count: 1 }];
    return this.decide(user_id, [{ type: 'ReactionSet', data: { seq, user_id, emoji, reactions } }]);
  }

  private sentAt(seq: number): number {
    const events = this.records.flatMap((record) => record.events);
    const isSending = (event: ChatEvent) => event.type === 'MessageSent' && event.data.message.seq === seq;
    return events.find(isSending)?.chat_pts ?? 1;
  }

  private readonly keys = new Map<number, string>();
  private identity(seq: number, sender_id: string, key?: string): MessageIdentity {
    if (key !== undefined) this.keys.set(seq, key);
    const client_msg_id = this.keys.get(seq) ?? randomUUID();
    return { seq, client_msg_id, sender_id, sender_device_id: null, date_ms: 2_000 + seq };
  }

  private summary(member_count: number) {
    return {
      kind: this.kind,
      title: null,
      photo_media_id: null,
      created_at_ms: 1_000,
      last_seq: this.lastSeq,
      member_count,
    };
  }
}

/** One user's log in a USER stream. */
export class LogHistory {
  readonly records: ProjectedRecord<UserStreamEvent>[] = [];
  private pts = 0;
  private hash = emptyLogHash;

  constructor(
    readonly stream: string,
    private readonly next: () => number,
    readonly userId: string = randomUUID(),
  ) {}

  append(
    kind: EntryKind,
    source: { stream: string; sequence: number; index?: number },
    fields: Partial<Pick<UserLogEntry, 'chat_id' | 'chat_pts' | 'seq' | 'values' | 'commitment'>> = {},
  ): this {
    const pts = ++this.pts;
    const hashed = { pts, kind, date_ms: 1_000 + pts, ...fields };
    this.hash = entryHash(sha256, this.hash, hashed);
    const entry: UserLogEntry = { format: 1, ...hashed, source: { index: 0, ...source }, hash: this.hash };
    this.records.push({
      stream: this.stream,
      sequence: this.next(),
      aggregate_id: this.userId,
      events: [{ type: 'EntryAppended', entry }],
      decision: null,
    });
    return this;
  }
}

/** The logs of all members of some chats, in one USER stream, as the timeline would write them. */
export class LogHistories {
  readonly records: ProjectedRecord<UserStreamEvent>[] = [];
  private readonly logs = new Map<string, LogHistory>();

  constructor(
    readonly stream: string,
    private readonly next: () => number,
  ) {}

  /** `members`: after the decision, and whoever left by it. */
  follow({ stream, sequence, aggregate_id, events }: ProjectedRecord<ChatEvent>, members: Audience): void {
    for (const [index, event] of events.entries()) {
      for (const { user_id, kind, ...fields } of entriesOf(event, members, aggregate_id))
        this.append(user_id, kind, { stream, sequence, index }, fields);
    }
  }

  /** The stream's next place is somebody else's: a saved position. */
  skip(): void {
    this.next();
  }

  append(userId: string, ...entry: Parameters<LogHistory['append']>): void {
    const log = this.logs.get(userId) ?? new LogHistory(this.stream, this.next, userId);
    this.logs.set(userId, log);
    this.records.push(log.append(...entry).records.pop()!);
  }
}

/** The first decision of an ACCOUNT stream. */
export function registered(user_id: string, display_name: string): ProjectedRecord {
  const data = { user_id, display_name, phone_hash: 'a'.repeat(64) };
  const meta = { occurred_at_ms: 1_000, actor: { user_id, device_id: null } };
  return {
    stream: 'ACCOUNT_0',
    sequence: 1,
    aggregate_id: user_id,
    events: [{ type: 'UserRegistered', data } as { type: string }],
    decision: { decision_id: randomUUID(), meta } as ProjectedRecord['decision'],
  };
}

/** A decision of an ACCOUNT stream of which the user's log tells. */
export const signedOut = (user_id: string, sequence: number): ProjectedRecord =>
  ofAccount(user_id, sequence, 'DeviceRevoked', { user_id, device_id: randomUUID(), reason: 'signed_out' });

export const registeredAs = (user_id: string, display_name: string, sequence: number): ProjectedRecord =>
  ofAccount(user_id, sequence, 'UserRegistered', {
    user_id,
    display_name,
    phone_hash: createHash('sha256').update(user_id).digest('hex'),
  });

export function ofAccount(user_id: string, sequence: number, type: string, data: object): ProjectedRecord {
  const event = { event_id: randomUUID(), type, version: 1, chat_pts: 0, data };
  const actor = { user_id, device_id: null };
  const ids = { command_id: randomUUID(), causation_id: randomUUID(), correlation_id: randomUUID() };
  return {
    stream: 'ACCOUNT_0',
    sequence,
    aggregate_id: user_id,
    events: [event],
    decision: { decision_id: randomUUID(), meta: { occurred_at_ms: 1_000, actor, ...ids } },
  };
}

export function counter(start = 0): () => number {
  let last = start;
  return () => ++last;
}
