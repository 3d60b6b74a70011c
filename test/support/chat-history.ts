/** A chat's and its members' stored histories for tests of what reads them: records as a runner hands them over. */
import { randomUUID } from 'node:crypto';
import type { Body, ChatEvent, Member, MessageIdentity } from '#domain/chat/events.js';
import { emptyLogHash, type EntryKind, type UserLogEntry } from '#domain/user-log/entry.js';
import type { ProjectedRecord } from '#projections/define-projection.js';
import type { UserStreamEvent } from '#projections/user-log/rows.js';

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
  private chatPts = 0;
  private lastSeq = 0;

  constructor(
    readonly stream: string,
    private readonly next: () => number,
  ) {}

  decide(actor: string, drafts: readonly Draft[], requestId?: string): ProjectedRecord<ChatEvent> {
    const events = drafts.map(
      (draft) => ({ ...draft, event_id: randomUUID(), version: 1, chat_pts: ++this.chatPts }) as ChatEvent,
    );
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

  create(members: readonly Member[]) {
    const chat = { ...this.summary(members.length), title: 'Ship\0yard \ud800' };
    return this.decide(members[0]!.user_id, [
      {
        type: 'ChatCreated',
        data: { chat_id: this.chatId, creator_id: members[0]!.user_id, chat, description: null, members },
      },
    ]);
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
    const data = { message, sent_chat_pts: 1, deleted_by: actor, deleted_at_ms: 6_000 };
    return this.decide(actor, [{ type: 'Tombstoned', data }]);
  }

  react(user_id: string, seq: number, emoji: string | null) {
    const reactions = emoji === null ? [] : [{ emoji, count: 1 }];
    return this.decide(user_id, [{ type: 'ReactionSet', data: { seq, user_id, emoji, reactions } }]);
  }

  private readonly keys = new Map<number, string>();
  private identity(seq: number, sender_id: string, key?: string): MessageIdentity {
    if (key !== undefined) this.keys.set(seq, key);
    const client_msg_id = this.keys.get(seq) ?? randomUUID();
    return { seq, client_msg_id, sender_id, sender_device_id: null, date_ms: 2_000 + seq };
  }

  private summary(member_count: number) {
    return {
      kind: 'group' as const,
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

  constructor(
    readonly stream: string,
    private readonly next: () => number,
    readonly userId: string = randomUUID(),
  ) {}

  append(
    kind: EntryKind,
    source: { stream: string; sequence: number },
    fields: Partial<Pick<UserLogEntry, 'chat_id' | 'chat_pts' | 'seq' | 'values'>> = {},
  ): this {
    const pts = ++this.pts;
    const hash = `${emptyLogHash.slice(0, -6)}${String(pts).padStart(6, '0')}`;
    const entry: UserLogEntry = {
      format: 1,
      pts,
      kind,
      date_ms: 1_000 + pts,
      source: { ...source, index: 0 },
      ...fields,
      hash,
    };
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

export function counter(start = 0): () => number {
  let last = start;
  return () => ++last;
}
