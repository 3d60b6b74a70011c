/**
 * The users' logs that a stream of chats leads to, as the timeline writes them; and what a query would answer from
 * tables of its own, made here straight from the events: the other opinion that the fold is compared with.
 */
import { createHash } from 'node:crypto';
import { maySee } from '#domain/authority/authority.js';
import { default_permissions } from '#domain/authority/rules.js';
import { callView, entriesOfDecision, isLive } from '#domain/chat/index.js';
import type { ChatEvent, Tombstoned } from '#domain/chat/events.js';
import type { Sha256 } from '#domain/kernel/hashing.js';
import {
  emptyLogHash,
  entryHash,
  messageView,
  renderUpdate,
  tombstoneView,
  type ChatCursors,
  type ChatView,
  type EntryDraft,
  type HashedEntry,
  type LogSnapshot,
  type MessageView,
  type UpdateNotification,
} from '#domain/user-log/index.js';
import { factsOf, type SimulatedChats, type StoredChatDecision } from './simulated-chats.js';
import { chatIds, people, type Person } from './steps.js';

export const sha256: Sha256 = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

interface Logged {
  readonly draft: EntryDraft;
  readonly entry: HashedEntry;
  readonly hash: string;
  /** Null for cursors. */
  readonly event: ChatEvent | null;
  /** The stream's length when it was logged: how far tables were at least. */
  readonly sequence: number;
}

export class SimulatedLogs {
  readonly logs: ReadonlyMap<Person, Logged[]> = new Map(people.map((person) => [person, []]));
  private readonly chatMarks = new Map<string, number>();

  constructor(private readonly chats: SimulatedChats) {
    for (const stored of chats.stream) this.follow(stored);
  }

  private follow(stored: StoredChatDecision): void {
    const { chatId, sequence, decision } = stored;
    const members = this.chats.membersAfter(stored);
    const drafts = entriesOfDecision(decision, members, chatId);
    for (const [index, event] of decision.events.entries()) {
      for (const draft of drafts[index]!) this.log(draft, event, sequence);
    }
    this.readAlong(stored, [...members.keys()] as Person[]);
  }

  /** Somebody reads now and then, which moves cursors of others as well. */
  private readAlong({ chatId, sequence, decision }: StoredChatDecision, members: readonly Person[]): void {
    const sent = decision.events.findLast((event) => event.type === 'MessageSent');
    const reader = members[sequence % 4];
    if (sent === undefined || reader === undefined) return;
    const { seq } = sent.data.message;
    const about = { chat_id: chatId, chat_pts: sent.chat_pts, seq };
    this.log({ ...about, user_id: reader, kind: 'read.inbox' }, null, sequence);
    if (seq <= (this.chatMarks.get(chatId) ?? 0)) return;
    this.chatMarks.set(chatId, seq);
    for (const user_id of members) {
      if (user_id !== reader) this.log({ ...about, user_id, kind: 'read.outbox' }, null, sequence);
    }
  }

  private log(draft: EntryDraft, event: ChatEvent | null, sequence: number): void {
    const log = this.logs.get(draft.user_id as Person)!;
    const { user_id: _user, ...told } = draft;
    const entry: HashedEntry = { pts: log.length + 1, date_ms: sequence, ...told };
    const hash = entryHash(sha256, log.at(-1)?.hash ?? emptyLogHash, entry);
    log.push({ draft, entry, hash, event, sequence });
  }

  /** As told live, or as read later, when the text of what was deleted since is gone. */
  update(person: Person, pts: number, told: 'live' | 'late'): UpdateNotification {
    const { draft, entry, event } = this.logs.get(person)![pts - 1]!;
    const { date_ms, commitment } = entry;
    const tombstone = told === 'late' ? this.tombstoneOf(draft) : undefined;
    const erased = tombstone !== undefined && draft.kind !== 'message.deleted';
    return {
      pts,
      pts_count: 1,
      sync_token: '',
      date_ms,
      ...(commitment === undefined ? {} : { commitment }),
      update: renderUpdate(draft, erased && draft.kind !== 'message.reaction' ? null : event, 0, tombstone),
    };
  }

  private tombstoneOf({ chat_id, seq }: EntryDraft): Tombstoned | undefined {
    const events = this.chats.eventsOf(chat_id!);
    return events.find(
      (event): event is Tombstoned => event.type === 'Tombstoned' && event.data.message.seq === seq,
    );
  }

  /** The log up to `pts`, the chats as far as the stream goes: as far ahead as a snapshot can be. */
  snapshot(person: Person, pts: number): LogSnapshot {
    const log = this.logs.get(person)!.slice(0, pts);
    const mine = chatIds.flatMap((chatId) => {
      const own = cursorsOf(log.filter(({ entry }) => entry.chat_id === chatId));
      return own === null ? [] : [[chatId, own] as const];
    });
    return {
      pts,
      hash: log.at(-1)?.hash ?? emptyLogHash,
      chats: mine.map(([chatId, own]) => this.chatView(chatId, own)),
      messages: mine.flatMap(([chatId, own]) => this.messageViews(person, chatId, own)),
    };
  }

  private chatView(chat_id: string, own: ChatCursors): ChatView {
    const { state } = this.chats.load(chat_id);
    if (state.status === 'none') throw new Error('a chat in a log is there');
    const { kind, title, description, photo_media_id, created_at_ms, last_seq, member_count } = state;
    const { permissions = default_permissions, history = 'joined' } = state;
    return {
      chat_id,
      kind,
      title,
      description,
      photo_media_id,
      permissions,
      history,
      created_at_ms,
      last_seq,
      member_count,
      ...own,
      unread_count: last_seq - own.read_seq,
      muted_until_ms: null,
      archived: false,
      pinned: false,
      chat_pts: state.chat_pts,
      ...(state.call !== undefined && isLive(state.call) && { call: callView(chat_id, state.call) }),
    };
  }

  /**
   * What a client asks for when it comes into a chat that shows what was before: as far ahead as a server can be.
   */
  before(person: Person, { update }: Pick<UpdateNotification, 'update'>): MessageView[] {
    if (update.type !== 'chat.new') return [];
    const { last_seq } = update.chat;
    return this.messageViews(person, update.chat_id, update).filter(({ seq }) => seq <= last_seq);
  }

  private messageViews(
    person: Person,
    chat_id: string,
    own: Pick<ChatCursors, 'visible_from_seq'>,
  ): MessageView[] {
    const events = this.chats.eventsOf(chat_id);
    const seqs = events.flatMap((event) => (event.type === 'MessageSent' ? [event.data.message.seq] : []));
    return seqs.filter((seq) => maySee(own, seq)).map((seq) => messageOf(events, person, chat_id, seq));
  }
}

/** What the entries of one chat add up to, reckoned from the last joining on. */
function cursorsOf(log: readonly Logged[]): ChatCursors | null {
  const joined = log.findLastIndex(({ entry }) => entry.kind === 'chat.new');
  const since = log.slice(joined).map(({ entry }) => entry);
  if (joined < 0 || since.at(-1)?.kind === 'chat.removed') return null;
  const marks = (kind: EntryDraft['kind']) => since.map((entry) => (entry.kind === kind ? entry.seq! : 0));
  const own = since.map(({ values }) => values?.read_seq ?? 0);
  return {
    chat_pts: Math.max(...since.map((entry) => entry.chat_pts!)),
    role: since.findLast(({ values }) => values?.role !== undefined)!.values!.role!,
    visible_from_seq: since[0]!.values!.visible_from_seq!,
    read_seq: Math.max(...own, ...marks('read.inbox')),
    read_outbox_seq: Math.max(...marks('read.outbox')),
    delivered_outbox_seq: Math.max(...marks('delivered.outbox')),
    muted_until_ms: null,
    archived: false,
    pinned: false,
  };
}

function messageOf(events: readonly ChatEvent[], person: Person, chat_id: string, seq: number): MessageView {
  const facts = factsOf(events, seq, person)!;
  if (facts.deleted) return tombstoneView(chat_id, facts.chat_pts, facts.message);
  const worded = events.findLast(
    (event) =>
      (event.type === 'MessageSent' || event.type === 'MessageEdited') && event.data.message.seq === seq,
  );
  const { body } = (worded as Extract<ChatEvent, { type: 'MessageSent' | 'MessageEdited' }>).data;
  return messageView({
    chat_id,
    chat_pts: facts.chat_pts,
    message: facts.message,
    content: body.content,
    ...(facts.edited_at_ms === undefined ? {} : { edited_at_ms: facts.edited_at_ms }),
    reactions: facts.reactions.map((one) => ({ ...one, mine: one.emoji === facts.mine })),
  });
}
