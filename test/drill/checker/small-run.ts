/**
 * A small run that is as it must be, made up record by record by the protocol's words, for specs to spoil: two people, the
 * first with two devices, in a direct chat and in a group that a third person leaves.
 */
import type {
  ChatRecord,
  HistoryRecord,
  JournalRecord,
  OperationRecord,
  RecordedRun,
  SnapshotRecord,
  UpdateRecord,
  WireUpdateBody,
} from '../records.js';
import { emptyHash, nextHash } from './running-hash.js';

export interface SmallRun extends RecordedRun {
  readonly records: JournalRecord[];
  readonly logs: Record<string, UpdateRecord[]>;
}

const people = { ann: ['ann-1', 'ann-2'], bob: ['bob-1'], cat: ['cat-1'] } as const;
type Name = keyof typeof people;
const devicesOf = (user: string): readonly string[] => people[user as Name];

interface Told {
  readonly to: readonly Name[];
  readonly update: WireUpdateBody;
  readonly commitment?: string;
}

class Maker {
  readonly records: JournalRecord[] = [];
  readonly logs: Record<string, UpdateRecord[]> = {};
  private readonly pts = new Map<string, number>();
  private readonly hashes = new Map<string, Buffer>();
  nowMs = 0;

  tell({ to, update, commitment }: Told): void {
    this.nowMs += 10;
    for (const user of to) {
      const pts = (this.pts.get(user) ?? 0) + 1;
      this.pts.set(user, pts);
      const about = commitment === undefined ? {} : { commitment };
      const entry = {
        pts,
        pts_count: 1,
        date_ms: this.nowMs,
        sync_token: `${user} ${pts}`,
        ...about,
        update,
      };
      this.hashes.set(user, nextHash(this.hashes.get(user) ?? emptyHash, entry));
      for (const device of devicesOf(user)) {
        (this.logs[device] ??= []).push({ at_ms: this.nowMs, session: 1, ...structuredClone(entry) });
      }
    }
  }

  hashOf(user: string): { pts: number; hash: string } {
    return { pts: this.pts.get(user)!, hash: this.hashes.get(user)!.toString('base64url') };
  }

  did(
    user: string,
    method: string,
    params: OperationRecord['params'],
    result: Record<string, unknown> = {},
  ): void {
    const begun_ms = (this.nowMs += 10);
    const ended_ms = (this.nowMs += 10);
    const attempts = [{ sent_ms: begun_ms, answered_ms: ended_ms }];
    const about = { device: devicesOf(user)[0]!, user, method, params, begun_ms, ended_ms, attempts };
    this.records.push({ kind: 'operation', ...about, outcome: 'acknowledged', result });
  }
}

const direct = 'direct';
const group = 'group';
export const smallChats = { direct, group };

const message = (chat_id: string, seq: number, chat_pts: number, sender_id: string, text: string) => ({
  chat_id,
  seq,
  chat_pts,
  client_msg_id: `key-${chat_id}-${seq}`,
  sender_id,
  sender_device_id: devicesOf(sender_id)[0],
  date_ms: 1_000 + seq,
  content: { type: 'text', text },
  reactions: [],
});

function sends(
  maker: Maker,
  to: readonly Name[],
  chat_id: string,
  seq: number,
  chat_pts: number,
  by: Name,
): void {
  const shown = message(chat_id, seq, chat_pts, by, `text ${chat_id} ${seq}`);
  const { client_msg_id, content } = shown;
  const result = { chat_id, seq, date_ms: shown.date_ms, duplicate: false };
  maker.did(by, 'messages.send', { chat_id, client_msg_id, content }, result);
  const about = { type: 'message.new', chat_id, chat_pts, seq, message: shown };
  const others = to.filter((user) => user !== by);
  maker.tell({ to: others, update: about, commitment: `c${chat_pts}` });
  maker.tell({ to: [by], update: { ...about, read_seq: seq }, commitment: `c${chat_pts}` });
}

function creates(maker: Maker, chat: Omit<ChatRecord, 'kind'>): void {
  maker.records.push({ kind: 'chat', ...chat });
  for (const user of chat.members as readonly Name[]) {
    const role = chat.form === 'direct' ? 'member' : user === chat.creator ? 'owner' : 'member';
    const summary = {
      chat_id: chat.chat_id,
      kind: chat.form,
      title: null,
      last_seq: 0,
      member_count: chat.members.length,
    };
    const about = { type: 'chat.new', chat_id: chat.chat_id, chat_pts: 1, chat: summary };
    maker.tell({ to: [user], update: { ...about, read_seq: 0, visible_from_seq: 1, role } });
  }
}

export function smallRun(): SmallRun {
  const maker = new Maker();
  for (const [user, devices] of Object.entries(people)) {
    for (const device of devices) maker.records.push({ kind: 'device', device, user, client: 'wire' });
    maker.tell({ to: [user as Name], update: { type: 'device.added', device: { device_id: user } } });
  }
  const both: Name[] = ['ann', 'bob'];
  const all: Name[] = ['ann', 'bob', 'cat'];
  creates(maker, { chat_id: direct, form: 'direct', is_steady: true, creator: 'ann', members: both });
  creates(maker, { chat_id: group, form: 'group', is_steady: false, creator: 'ann', members: all });
  sends(maker, both, direct, 1, 2, 'ann');
  sends(maker, both, direct, 2, 3, 'bob');
  sends(maker, all, group, 1, 2, 'cat');
  changes(maker, both);
  leaves(maker, both);
  marks(maker);
  const records = maker.records;
  const { logs } = maker;
  rests(maker);
  return {
    records,
    logs,
    journal: () => each(records),
    updatesOf: (device) => each(logs[device] ?? []),
  };
}

/** Ann edits and Bob deletes and reacts in the direct chat; a key is repeated; Bob looks. */
function changes(maker: Maker, both: Name[]): void {
  const edited = { ...message(direct, 1, 4, 'ann', 'text edited'), edited_at_ms: 5 };
  maker.did('ann', 'messages.edit', { chat_id: direct, seq: 1, content: edited.content });
  maker.tell({
    to: both,
    update: { type: 'message.edited', chat_id: direct, chat_pts: 4, seq: 1, message: edited },
  });
  maker.did('bob', 'messages.react', { chat_id: direct, seq: 1, emoji: '👍' });
  const reactions = [{ emoji: '👍', count: 1 }];
  const reacted = { type: 'message.reaction', chat_id: direct, chat_pts: 5, seq: 1 };
  maker.tell({ to: both, update: { ...reacted, user_id: 'bob', emoji: '👍', reactions } });
  maker.did('bob', 'messages.delete', { chat_id: direct, seqs: [2] });
  const deleted = {
    type: 'message.deleted',
    chat_id: direct,
    chat_pts: 6,
    seq: 2,
    deleted_by: 'bob',
    date_ms: 9,
  };
  maker.tell({ to: both, update: deleted });
  const { client_msg_id, content } = message(direct, 1, 2, 'ann', `text ${direct} 1`);
  const params = { chat_id: direct, client_msg_id, content };
  maker.did('ann', 'messages.send', params, { chat_id: direct, seq: 1, date_ms: 1, duplicate: true });
  const read = [{ seq: 1, sender_id: 'ann', client_msg_id, text: 'text edited' }];
  maker.did('bob', 'messages.history', { chat_id: direct }, { last_seq: 2, messages: read });
  Object.assign(maker.records.at(-1)!, { seen_seq: 2 });
}

/** Cat is sent away, and the group goes on without her. */
function leaves(maker: Maker, both: Name[]): void {
  maker.did('ann', 'chats.removeMember', { chat_id: group, user_id: 'cat' });
  const change = { added: [], removed: ['cat'], changed: [], member_count: 2 };
  maker.tell({ to: both, update: { type: 'chat.members', chat_id: group, chat_pts: 3, ...change } });
  maker.tell({ to: ['cat'], update: { type: 'chat.removed', chat_id: group, chat_pts: 3 } });
  sends(maker, both, group, 2, 4, 'bob');
}

function marks(maker: Maker): void {
  maker.did('bob', 'messages.read', { chat_id: direct, seq: 2 }, { read_seq: 2, unread_count: 0 });
  maker.did('ann', 'messages.read', { chat_id: direct, seq: 2 }, { read_seq: 2, unread_count: 0 });
  const about = { chat_id: direct, chat_pts: 6 };
  maker.tell({ to: ['ann'], update: { type: 'read.inbox', ...about, seq: 2 } });
  maker.tell({ to: ['bob'], update: { type: 'read.outbox', ...about, seq: 2 } });
  for (const [user, seq] of [
    ['bob', 2],
    ['ann', 1],
  ] as const) {
    maker.tell({ to: [user], update: { type: 'delivered.outbox', ...about, seq } });
  }
}

/** What everybody is answered in the end, written down by hand. */
function rests(maker: Maker): void {
  const { records } = maker;
  const looked = { last_seq: 2, read_outbox_seq: 0, delivered_outbox_seq: 1 };
  for (let look = 0; look < 2; look++) maker.did('ann', 'chats.get', { chat_id: direct }, { ...looked });
  maker.did('ann', 'updates.getDifference', { sync_token: 'ann 1' }, { type: 'difference', count: 3 });
  const first = {
    ...message(direct, 1, 5, 'ann', 'text edited'),
    edited_at_ms: 5,
    reactions: [{ emoji: '👍', count: 1, mine: false }],
  };
  const { content: _gone, ...second } = { ...message(direct, 2, 6, 'bob', ''), deleted: true };
  const texts = [
    message(group, 1, 2, 'cat', `text ${group} 1`),
    message(group, 2, 4, 'bob', `text ${group} 2`),
  ];
  const history = (chat_id: string, messages: HistoryRecord['messages']): HistoryRecord => {
    return { kind: 'history', user: 'ann', chat_id, messages };
  };
  records.push(history(direct, [first, second]), history(group, texts));
  const settings = { muted_until_ms: null, archived: false, pinned: false };
  const counts = { last_seq: 2, member_count: 2, visible_from_seq: 1, title: null, ...settings };
  const ticks = { read_outbox_seq: 0, delivered_outbox_seq: 1 };
  const chats = [
    {
      chat_id: direct,
      kind: 'direct',
      role: 'member',
      ...counts,
      ...ticks,
      read_seq: 2,
      unread_count: 0,
      messages: [first, second],
    },
    {
      chat_id: group,
      kind: 'group',
      role: 'owner',
      ...counts,
      read_outbox_seq: 0,
      delivered_outbox_seq: 0,
      read_seq: 0,
      unread_count: 2,
      messages: texts,
    },
  ];
  const page = { ...maker.hashOf('ann'), chats };
  records.push({
    kind: 'snapshot',
    user: 'ann',
    at_ms: 1,
    is_final: true,
    pages: [page],
  } satisfies SnapshotRecord);
  records.push({ kind: 'members', user: 'ann', chat_id: group, members: ['ann', 'bob'] });
  const shown = chats.map((chat) => ({
    ...chat,
    messages: [
      { seq: 1, text: chat.chat_id === direct ? 'text edited' : `text ${group} 1`, deleted: false },
      chat.chat_id === direct
        ? { seq: 2, deleted: true }
        : { seq: 2, text: `text ${group} 2`, deleted: false },
    ],
  }));
  records.push({ kind: 'shown_state', device: 'ann-3', user: 'ann', pts: page.pts, chats: shown });
  records.push({ kind: 'device', device: 'ann-3', user: 'ann', client: 'sdk' });
  records.push({
    kind: 'session',
    device: 'ann-1',
    session: 1,
    at_ms: 1,
    event: 'caught_up',
    ...maker.hashOf('ann'),
  });
  records.push({ kind: 'end', at_ms: maker.nowMs });
}

async function* each<T>(items: readonly T[]): AsyncIterable<T> {
  yield* items;
}
