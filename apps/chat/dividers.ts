import type { Look } from './look.js';
import { truncated, widthOf } from './text-width.js';

/** `── words ─────`: across a terminal, short in a pipe. */
export function divider(words: string, { columns, colours }: Look): string {
  if (!Number.isFinite(columns)) return `── ${words} ──`;
  const row = `── ${truncated(words, columns - 6)} ──`;
  return colours.faint(row + '─'.repeat(Math.max(0, columns - widthOf(row))));
}
