import type { Body } from '#domain/chat/events.js';

/** What people wrote for others to read. Encrypted messages are not read here, and the server's own say nothing. */
export function searchedText(content: Body['content']): string {
  if (content.type === 'text') return content.text;
  return content.type === 'media' ? (content.caption ?? '') : '';
}
