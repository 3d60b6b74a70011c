import type { ShownMessage, Tick } from '#client/shown-message.js';
import { printable } from './printable.js';

const ticks: Readonly<Record<Tick, string>> = {
  pending: '…',
  sent: '✓',
  delivered: '✓✓',
  read: '✓✓ read',
  failed: '✗ not sent',
};

/** A message on one line: `#12 14:03 Ann: hello  (edited)  👍2  ✓✓`. */
export function messageLine(message: ShownMessage, sender: string): string {
  const number = message.seq === null ? '#…' : `#${message.seq}`;
  const reactions = message.reactions.map(({ emoji, count }) => `${printable(emoji)}${count}`).join(' ');
  const parts = [
    `${number} ${clock(message.date_ms)} ${sender}: ${words(message)}`,
    message.is_edited ? '(edited)' : '',
    reactions,
    message.tick === null ? '' : ticks[message.tick],
  ];
  return parts.filter((part) => part !== '').join('  ');
}

/** What a message says. */
export function words({ content, is_deleted, reply_to_seq }: ShownMessage): string {
  const reply = reply_to_seq === undefined ? '' : `(to #${reply_to_seq}) `;
  if (is_deleted || content === undefined) return '(deleted)';
  if (content.type === 'text') return reply + printable(content.text);
  if (content.type === 'media') return `${reply}(a file) ${printable(content.caption ?? '')}`;
  if (content.type === 'encrypted') return '(encrypted)';
  return `(${content.event.kind}${content.event.title === undefined ? '' : `: ${printable(content.event.title)}`})`;
}

function clock(dateMs: number): string {
  return new Date(dateMs).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
}
