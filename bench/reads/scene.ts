/**
 * Read models as a large installation has them, written by COPY: no stream holds what they show, so they serve for reading and
 * for nothing else. One person is in 2,000 chats, one of them large; half of all messages are other people's.
 */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { tsvectorOf } from '#projections/search/lexemes.js';
import { wordsOf } from '#projections/search/words.js';
import { randomOf } from '../../test/support/random.js';
import type { Installation } from '../support/installation.js';
import { Copy } from './copy.js';
import { textOf } from './words.js';

export interface Sizes {
  /** In all, and of them in the person's largest chat. */
  readonly messages: number;
  readonly large: number;
  /** The person's. */
  readonly chats: number;
}

export interface ReadScene {
  readonly userId: string;
  readonly largeChatId: string;
  readonly someChatId: string;
  /** Messages of the large chat. */
  readonly large: number;
  /** Of those in the person's chats. */
  readonly mine: number;
}

interface Chat {
  readonly id: string;
  readonly userIds: readonly string[];
  readonly messages: number;
  readonly isDirect: boolean;
}

const group_members = 8;
const others_chat_messages = 1_000;
const people_count = 3_000;
const seed = 20_26;
const started_ms = 1_760_000_000_000;

export async function fillReadModels(
  { postgres }: Installation,
  { messages, large, chats: count }: Sizes,
): Promise<ReadScene> {
  const random = randomOf(seed);
  const people = Array.from({ length: people_count }, () => randomUUID());
  const userId = people[0]!;
  const chat = (own: boolean, size: number, isDirect: boolean): Chat => {
    const others = Array.from({ length: isDirect ? 1 : group_members }, () => random.pick(people.slice(1)));
    return {
      id: randomUUID(),
      userIds: [...new Set(own ? [userId, ...others] : others)],
      messages: size,
      isDirect,
    };
  };
  const each = Math.max(1, Math.floor((messages / 2 - large) / (count - 1)));
  const own = Array.from({ length: count }, (_, at) => chat(true, at === 0 ? large : each, at % 2 === 1));
  const mine = own.reduce((sum, one) => sum + one.messages, 0);
  const others = Array.from({ length: Math.ceil((messages - mine) / others_chat_messages) }, () =>
    chat(false, others_chat_messages, false),
  );
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  // It is made anew when the rows are there, as a restore would.
  await client.query('drop index search_v1.message_words_found');
  await fill(postgres.url, [...own, ...others], { userId, people, random });
  await client.query(
    'create index message_words_found on search_v1.message_words using gin (words) with (fastupdate = off)',
  );
  await client.query('vacuum (analyze)');
  await client.end();
  return { userId, largeChatId: own[0]!.id, someChatId: own[2]!.id, large, mine };
}

interface World {
  readonly userId: string;
  readonly people: readonly string[];
  readonly random: ReturnType<typeof randomOf>;
}

async function fill(url: string, chats: readonly Chat[], { userId, people, random }: World): Promise<void> {
  const into = (table: string, columns: string) => Copy.into(url, table, columns);
  const accounts = await into('accounts_v1.accounts', 'user_id, display_name, phone_hash, registered_at_ms');
  for (const id of people) await accounts.row([id, `Person ${id.slice(0, 4)}`, id, 1]);
  await accounts.end();
  const [rooms, members, own, messages, found] = [
    await into(
      'chats_v1.chats',
      'chat_id, kind, title, created_at_ms, member_count, last_seq, last_message_date_ms, chat_pts',
    ),
    await into('chats_v1.members', 'chat_id, user_id, role, joined_at_ms, visible_from_seq'),
    await into(
      'user_log_v1.user_chats',
      'user_id, chat_id, chat_pts, role, visible_from_seq, read_seq, read_outbox_seq, delivered_outbox_seq, joined_pts',
    ),
    await into(
      'chats_v1.messages',
      'chat_id, seq, chat_pts, sent_chat_pts, client_msg_id, sender_id, sender_device_id, date_ms, content, salt, commitment, reactions',
    ),
    await into('search_v1.message_words', 'chat_id, seq, sender_id, date_ms, words'),
  ];
  for (const [at, { id, userIds, messages: count, isDirect }] of chats.entries()) {
    const last_ms = started_ms + at * 1_000 + count * 60_000;
    const kind = isDirect ? 'direct' : 'group';
    await rooms.row([
      id,
      kind,
      isDirect ? null : `Group ${at}`,
      1,
      userIds.length,
      count,
      last_ms,
      count + 1,
    ]);
    for (const person of userIds) await members.row([id, person, 'member', 1, 1]);
    if (userIds.includes(userId)) await own.row([userId, id, count + 1, 'member', 1, count, 0, 0, at + 1]);
    for (let seq = 1; seq <= count; seq++) {
      const [text, sender, date] = [
        textOf(random),
        random.pick(userIds),
        started_ms + at * 1_000 + seq * 60_000,
      ];
      const content = JSON.stringify({ type: 'text', text });
      const key = randomUUID();
      await messages.row([id, seq, seq + 1, seq + 1, key, sender, key, date, content, key, key, '[]']);
      await found.row([id, seq, sender, date, tsvectorOf(id, wordsOf(text))]);
    }
  }
  await Promise.all([rooms, members, own, messages, found].map((copy) => copy.end()));
}
