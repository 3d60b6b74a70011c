import type { OdnixError } from '#client/odnix-error.js';
import type { OutboxItem } from '#client/outbox-item.js';
import { printable } from './printable.js';
import { refusalWords } from './refusal-words.js';

/** What the server will never do, and what may be done about it. */
export function refusedLine(item: OutboxItem, error: OdnixError): string {
  const why = `${refusalWords(error)} (${error.code})`;
  if (item.kind === 'send') {
    const text = item.content.type === 'text' ? printable(item.content.text) : `(${item.content.type})`;
    return `! Not sent: ${why} /resend tries again, /delete . gives it up: ${text}`;
  }
  const targets = item.kind === 'delete' ? item.targets : item.kind === 'leave' ? [] : [item.target];
  const numbers = targets.flatMap((target) => ('seq' in target ? [`#${target.seq}`] : []));
  return `! Not done (${[item.kind, ...numbers].join(' ')}): ${why}`;
}
