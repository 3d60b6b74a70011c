/** Marks, which only ever move forward: the order in which they come makes no difference. */
import { default_permissions } from '#domain/authority/rules.js';
import { emptyUserLog, foldUpdate, toChatView, type Update } from '#domain/user-log/index.js';
import { already, done, type Conflict, type End } from './conflict.js';

const chat_id = 'chat';
const chatNew: Update = {
  type: 'chat.new',
  chat_id,
  chat_pts: 1,
  chat: {
    chat_id,
    kind: 'group',
    title: 'Group',
    description: null,
    photo_media_id: null,
    created_at_ms: 1,
    last_seq: 9,
    member_count: 2,
    permissions: default_permissions,
    history: 'joined',
  },
  visible_from_seq: 1,
  read_seq: 0,
  role: 'member',
};
const mark = (type: 'read.inbox' | 'read.outbox' | 'delivered.outbox', seq: number): Update => ({
  type,
  chat_id,
  chat_pts: 1,
  seq,
});

interface Marks extends Pick<Conflict, 'between' | 'why' | 'ends'> {
  readonly updates: Readonly<Record<string, Update>>;
}

const marks = ({ updates, ...told }: Marks): Conflict => ({
  ...told,
  orderedBy: 'nothing: all orders are alike',
  acts: Object.keys(updates),
  play: (order): End => {
    const state = emptyUserLog();
    foldUpdate(state, chatNew, 'ann');
    const shown = (): string => {
      const chat = toChatView(state, chat_id);
      if (chat === null || chat === undefined) return 'no chat';
      return `read ${chat.read_seq}, by others ${chat.read_outbox_seq}, delivered ${chat.delivered_outbox_seq}`;
    };
    const answers = order.map((act) => {
      const before = shown();
      foldUpdate(state, updates[act]!, 'ann');
      return shown() === before ? already : done;
    });
    return [answers, shown()];
  },
});

export const inLogs = [
  marks({
    between: 'read against read, one user’s devices',
    why: 'The highest holds: a device that comes late unreads nothing.',
    updates: { phone: mark('read.inbox', 7), laptop: mark('read.inbox', 4) },
    ends: {
      'phone, laptop': [[done, already], 'read 7, by others 0, delivered 0'],
      'laptop, phone': [[done, done], 'read 7, by others 0, delivered 0'],
    },
  }),
  marks({
    between: 'read by one against delivered to another',
    why: 'Two marks, each the highest of all others: neither moves the other.',
    updates: { read: mark('read.outbox', 5), delivered: mark('delivered.outbox', 8) },
    ends: {
      'read, delivered': [[done, done], 'read 0, by others 5, delivered 8'],
      'delivered, read': [[done, done], 'read 0, by others 5, delivered 8'],
    },
  }),
  marks({
    between: 'read against removal',
    why: 'A mark that comes after the removal finds no chat; coming again begins anew.',
    updates: { read: mark('read.inbox', 7), removed: { type: 'chat.removed', chat_id, chat_pts: 2 } },
    ends: {
      'read, removed': [[done, done], 'no chat'],
      'removed, read': [[done, already], 'no chat'],
    },
  }),
];
