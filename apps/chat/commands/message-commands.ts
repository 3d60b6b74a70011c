import type { SendOptions } from '#client/outbox-item.js';
import type { ShownMessage } from '#client/shown-message.js';
import type { UserContent } from '#domain/chat/events.js';
import { Misuse } from '../misuse.js';
import { expires_s_max, expires_s_min } from '#protocol/limits.js';
import { printable } from '../printable.js';
import { typedContent, type Mentionable } from '../typed-content.js';
import { messageAndRest, openChatOf, required, type Commands, type Desk } from './command.js';

/** For keyboards without emoji. */
const emojiNames: Readonly<Record<string, string>> = {
  '+1': '👍',
  '-1': '👎',
  heart: '❤️',
  laugh: '😂',
  wow: '😮',
  sad: '😢',
  party: '🎉',
};

/** What is done to messages. SEQ is the number of one. All of it is kept until the server has done it. */
export const messageCommands: Commands = {
  '/reply': { usage: '/reply SEQ TEXT', does: 'answer message SEQ', run: reply, writes: true },
  '/edit': { usage: '/edit SEQ TEXT', does: 'change your message SEQ', run: edit, writes: true },
  '/delete': { usage: '/delete SEQ...', does: 'delete messages, for everyone', run: deleteMessages },
  '/hide': { usage: '/hide SEQ...', does: 'delete messages for yourself alone', run: hide },
  '/expire': {
    usage: '/expire TIME TEXT',
    does: 'send what goes after 30s, 10m, 2h or 7d',
    run: sendExpiring,
  },
  '/react': {
    usage: '/react SEQ [EMOJI]',
    does: 'react with 👍, or +1, heart, …; without one: take it back',
    run: react,
  },
  '/resend': { usage: '/resend', does: 'send again what the server refused', run: resend },
};

async function reply(desk: Desk, rest: string): Promise<void> {
  const [{ seq }, text] = messageAndRest(desk, rest, 'theirs');
  if (seq === null) throw new Misuse('What waits to be sent cannot be answered yet.');
  await sendText(desk, required(text, 'a text'), { replyToSeq: seq });
}

async function edit(desk: Desk, rest: string): Promise<void> {
  const { client } = desk.terminal;
  const [message, words] = messageAndRest(desk, rest, 'own');
  const text = required(words, 'a text');
  if (message.sender_id !== client.userId) throw new Misuse('Only your own messages can be changed.');
  if (message.is_deleted) throw new Misuse(`${nameOf(message)} is deleted.`);
  await client.edit(message.chat_id, message, await contentOf(desk, text));
  desk.ownActs.changed([message], `edited ${nameOf(message)}: ${printable(text)}`);
}

async function deleteMessages(desk: Desk, rest: string): Promise<void> {
  const numbers = required(rest, 'a number').split(/[\s,]+/);
  const messages = numbers.map((number) => messageAndRest(desk, number, 'own')[0]);
  await desk.terminal.client.delete(openChatOf(desk).chatId, messages);
  desk.ownActs.changed(messages, `deleted ${messages.map(nameOf).join(', ')}`);
}

/** Known to the server, whoever wrote them. */
async function hide(desk: Desk, rest: string): Promise<void> {
  const { terminal } = desk;
  const messages = required(rest, 'a number')
    .split(/[\s,]+/)
    .map((number) => messageAndRest(desk, number, 'theirs')[0]);
  const seqs = messages.flatMap(({ seq }) => (seq === null ? [] : [seq]));
  if (seqs.length < messages.length) throw new Misuse('What waits to be sent is given up with /delete.');
  terminal.needServer();
  await terminal.client.hide(openChatOf(desk).chatId, seqs);
}

const unit_s: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

async function sendExpiring(desk: Desk, rest: string): Promise<void> {
  const [, count, unit = '', text = ''] = /^(\d{1,8})([smhd])\s*(.*)$/s.exec(rest) ?? [];
  const expiresInS = Number(count) * (unit_s[unit] ?? 0);
  if (!(expiresInS >= expires_s_min && expiresInS <= expires_s_max))
    throw new Misuse('After how long? As 30s, 10m, 2h or 7d, a year at most.');
  await sendText(desk, required(text, 'a text'), { expiresInS });
}

async function react(desk: Desk, rest: string): Promise<void> {
  const [message, word] = messageAndRest(desk, rest, 'theirs');
  const emoji = emojiNames[word] ?? word;
  if (/^[\w+-]/.test(emoji)) throw new Misuse(`An emoji, or one of: ${Object.keys(emojiNames).join(', ')}.`);
  await desk.terminal.client.react(message.chat_id, message, emoji || null);
  const what = emoji === '' ? 'took the reaction back from' : `reacted ${printable(emoji)} to`;
  desk.ownActs.changed([message], `${what} ${nameOf(message)}`);
}

async function resend(desk: Desk): Promise<void> {
  const { client } = desk.terminal;
  const { chatId } = openChatOf(desk);
  const failed = client.messages(chatId).filter(({ tick }) => tick === 'failed');
  if (failed.length === 0) throw new Misuse('Nothing was refused here.');
  for (const message of failed) {
    const { client_msg_id } = await client.resend(chatId, message);
    desk.ownActs.written(client_msg_id);
  }
}

function nameOf({ seq }: ShownMessage): string {
  return seq === null ? 'what waits to be sent' : `#${seq}`;
}

/** Into the open chat; kept until it is sent. */
export async function sendText(desk: Desk, text: string, options: SendOptions = {}): Promise<void> {
  const { chatId } = openChatOf(desk);
  const content = await contentOf(desk, text);
  const { client_msg_id } = await desk.terminal.client.send(chatId, content, options);
  desk.ownActs.written(client_msg_id);
  desk.terminal.setWriting(false);
}

async function contentOf(desk: Desk, text: string): Promise<UserContent> {
  return typedContent(text, text.includes('@') ? await mentionable(desk) : []);
}

/** The members, as far as the server tells them; without it, whoever wrote something that is here. */
async function mentionable(desk: Desk): Promise<Mentionable[]> {
  const { client, names } = desk.terminal;
  const { chatId } = openChatOf(desk);
  const isOpen = client.connection.status === 'open';
  const asked = isOpen ? await client.call('chats.members', { chat_id: chatId }).catch(() => null) : null;
  const ids =
    asked?.members.map(({ user_id }) => user_id) ?? client.messages(chatId).map(({ sender_id }) => sender_id);
  const others = [...new Set(ids)].filter((userId) => userId !== client.userId);
  return Promise.all(others.map(async (user_id) => ({ user_id, name: await names.ofUser(user_id) })));
}
