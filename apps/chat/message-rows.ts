import type { ServiceContent } from '#domain/chat/events.js';
import type { ShownMessage, Tick } from '#client/shown-message.js';
import { entityText } from './entity-text.js';
import type { Colours, Look } from './look.js';
import { clock } from './moments.js';
import { printable } from './printable.js';
import { truncated, widthOf, wrapped } from './text-width.js';

const ticks: Readonly<Record<Tick, string>> = {
  pending: '·',
  sent: '✓',
  delivered: '✓✓',
  read: '✓✓',
  failed: '✗ not sent',
};
const number_columns = 4;
const name_columns_max = 24;
const quote_columns_max = 60;
/** Below it, rows after the first begin near the margin. */
const roomy_columns = 60;

/** A message with the names that it needs. */
export interface NamedMessage {
  readonly message: ShownMessage;
  readonly sender: string;
  /** Of those a service message is about. */
  readonly people: readonly string[];
}

export interface NamedAnswer extends NamedMessage {
  /** The message that it answers, where that is known here. */
  readonly repliedTo?: NamedMessage;
}

/** `#12 14:03 Ann: hello  (edited)  👍2  ✓✓`, after a row that says what it answers; rows fit the screen. */
export function messageRows(named: NamedAnswer, look: Look): string[] {
  const { message } = named;
  const { colours, columns } = look;
  const number = numberOf(message, columns);
  const head = `${colours.faint(`${number} ${clock(message.date_ms)}`)} ${said(named, look)}`;
  const row = [head, ...marks(message, look)].join('  ');
  const indent = columns < roomy_columns ? 2 : widthOf(`${number} 00:00 `);
  const rows = Number.isFinite(columns) ? wrapped(row, columns, indent) : [row];
  return [...quoteRows(named, look, indent), ...rows];
}

function numberOf({ seq }: ShownMessage, columns: number): string {
  const number = seq === null ? '#·' : `#${seq}`;
  return columns < roomy_columns || !Number.isFinite(columns) ? number : number.padEnd(number_columns);
}

function said(named: NamedMessage, { colours }: Look): string {
  const { message, sender } = named;
  if (message.content?.type === 'service')
    return colours.faint(happening(message.content.event, sender, named.people));
  const name = colours.person(shortName(sender), message.sender_id);
  return `${name}: ${message.is_deleted ? colours.faint('(deleted)') : words(message, colours)}`;
}

export function shortName(name: string): string {
  return truncated(name, name_columns_max);
}

/** Who says what, in a few words: `Ann: hello`, `Ann added Bob`. */
export function summary({ message, sender, people }: NamedMessage): string {
  const { content } = message;
  if (content?.type === 'service') return happening(content.event, sender, people);
  return `${shortName(sender)}: ${words(message)}`;
}

/** What a message says. */
export function words({ content, is_deleted }: ShownMessage, colours?: Colours): string {
  if (is_deleted || content === undefined) return '(deleted)';
  if (content.type === 'text') return entityText(content.text, content.entities, colours);
  if (content.type === 'media')
    return `(a file) ${entityText(content.caption ?? '', content.entities, colours)}`.trimEnd();
  return content.type === 'encrypted' ? '(encrypted)' : `(${content.event.kind})`;
}

/** What a service message tells, as a sentence. */
export function happening(
  { kind, title }: ServiceContent['event'],
  actor: string,
  people: readonly string[],
): string {
  const whom = people.length === 0 ? 'somebody' : people.map(shortName).join(', ');
  const who = shortName(actor);
  const named = title === undefined ? '' : ` “${printable(title)}”`;
  const sentences: Readonly<Record<ServiceContent['event']['kind'], string>> = {
    created: `${who} began the group${named}`,
    joined: `${who} added ${whom}`,
    left: `${who} left`,
    removed: `${who} removed ${whom}`,
    renamed: `${who} named the group${named}`,
    photo: `${who} changed the photo`,
    role: `${who} changed what ${whom} may do`,
    became_channel: 'The group became a channel',
  };
  return sentences[kind] ?? `${who}: ${printable(String(kind))}`;
}

function marks({ is_edited, reactions, tick, is_changing }: ShownMessage, look: Look): string[] {
  const { colours } = look;
  const counts = reactions.map(({ emoji, count, mine }) => {
    const text = `${printable(emoji)}${count}`;
    return mine ? colours.strong(text) : text;
  });
  return [
    is_edited ? colours.faint('(edited)') : '',
    counts.join(' '),
    tick === null ? '' : tickMark(tick, look),
    is_changing ? colours.faint(ticks.pending) : '',
  ].filter((mark) => mark !== '');
}

/** Colour tells read from delivered; where there is none, a word does. */
export function tickMark(tick: Tick, { colours }: Look): string {
  if (tick === 'failed') return colours.alarm(ticks.failed);
  if (tick !== 'read') return colours.faint(ticks[tick]);
  return colours.isOn ? colours.read(ticks.read) : `${ticks.read} read`;
}

function quoteRows(
  { message, repliedTo }: NamedAnswer,
  { colours, columns }: Look,
  indent: number,
): string[] {
  if (message.reply_to_seq === undefined || message.is_deleted) return [];
  const number = `#${message.reply_to_seq}`;
  const what = repliedTo ? `${number} ${summary(repliedTo)}` : number;
  const room = Math.min(columns - indent - 2, quote_columns_max);
  return [`${' '.repeat(indent)}${colours.faint(`╭ ${truncated(what, room)}`)}`];
}
