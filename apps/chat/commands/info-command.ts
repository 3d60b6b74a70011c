import type { ShownMessage } from '#client/shown-message.js';
import { Misuse } from '../misuse.js';
import { clockOrDay } from '../moments.js';
import { shortName, words } from '../message-rows.js';
import { printable } from '../printable.js';
import { messageAndRest, openChatOf, type Commands, type Desk } from './command.js';

const listed_max = 20;

export const infoCommands: Commands = {
  '/info': {
    usage: '/info SEQ',
    does: 'who has message SEQ and has read it, who reacted, what it said before',
    run: showInfo,
  },
};

async function showInfo(desk: Desk, rest: string): Promise<void> {
  const [message] = messageAndRest(desk, rest, 'own');
  const { seq } = message;
  if (seq === null) throw new Misuse('What waits to be sent is known here alone.');
  desk.terminal.needServer();
  const rows = await Promise.all([
    receiptRows(desk, message, seq),
    reactionRows(desk, message, seq),
    versionRows(desk, message, seq),
  ]);
  const { content } = message;
  const said = content?.type === 'text' ? printable(content.text) : words(message);
  desk.terminal.say(`  #${seq}  ${said}`, ...rows.flat());
}

/** Of one's own, where others can have it one by one. */
async function receiptRows(desk: Desk, { tick }: ShownMessage, seq: number): Promise<string[]> {
  const { client } = desk.terminal;
  const { chatId } = openChatOf(desk);
  if (tick === null || client.chat(chatId)?.kind === 'channel') return [];
  const { delivered, read } = await client.receipts(chatId, seq);
  const readers = new Set(read.map(({ user_id }) => user_id));
  const have = delivered.filter(({ user_id }) => !readers.has(user_id));
  return [await peopleRow(desk, 'read by', read), await peopleRow(desk, 'delivered to', have)];
}

async function reactionRows(desk: Desk, { reactions: counts }: ShownMessage, seq: number): Promise<string[]> {
  if (counts.length === 0) return [];
  const { chatId } = openChatOf(desk);
  const { reactions } = await desk.terminal.client.reactions(chatId, seq, { limit: listed_max });
  return Promise.all(
    counts.map(({ emoji }) =>
      peopleRow(
        desk,
        printable(emoji),
        reactions.filter((one) => one.emoji === emoji),
      ),
    ),
  );
}

async function versionRows(desk: Desk, message: ShownMessage, seq: number): Promise<string[]> {
  if (!message.is_edited || message.is_deleted) return [];
  const { chatId } = openChatOf(desk);
  const { versions, next_cursor } = await desk.terminal.client.edits(chatId, seq, { limit: listed_max });
  const before = next_cursor === undefined ? versions.slice(0, -1) : versions;
  return before.map(
    ({ date_ms, content }) =>
      `  ${'before'.padEnd(12)} ${clockOrDay(date_ms)} ${words({ ...message, content })}`,
  );
}

type At = { readonly user_id: string; readonly at_ms: number };

async function peopleRow({ terminal }: Desk, what: string, people: readonly At[]): Promise<string> {
  const shown = await Promise.all(
    people
      .slice(0, listed_max)
      .map(
        async ({ user_id, at_ms }) =>
          `${shortName(await terminal.names.ofUser(user_id))} ${clockOrDay(at_ms)}`,
      ),
  );
  const more = people.length > shown.length ? [`and ${people.length - shown.length} more`] : [];
  const list = [...shown, ...more].join(', ');
  return `  ${what.padEnd(12)} ${list === '' ? 'nobody yet' : list}`;
}
