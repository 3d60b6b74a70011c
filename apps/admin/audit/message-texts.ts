/** What was written, in each version that the streams still hold: for an auditor who may see it, on the screen and never in a file. */
import { decodeDecision } from '#streams/decision-codec.js';
import { DirectGet } from '#streams/direct-get.js';
import type { ChatEvent } from '#domain/chat/events.js';
import type { AdminContext } from '../operation.js';
import { wordsOf } from '../replay/recent-messages.js';
import type { AuditRow } from './audit-result.js';

export interface MessageText {
  readonly at: string;
  readonly chat_pts: number;
  readonly text: string;
}

export async function messageTexts(
  { nats }: Pick<AdminContext, 'nats'>,
  rows: readonly AuditRow[],
): Promise<readonly MessageText[]> {
  const direct = new DirectGet(nats);
  const texts: MessageText[] = [];
  for (const { fact, erased } of rows) {
    if (fact.is !== 'event' || erased || !['MessageSent', 'MessageEdited'].includes(fact.type)) continue;
    const { stream, sequence, index } = fact.at;
    const stored = await direct.getBySequence(stream, sequence, { leader: true });
    if (stored === null) continue;
    const event = decodeDecision(stream, stored).decision.events[index] as ChatEvent;
    const text = 'body' in event.data ? wordsOf(event.data.body.content) : null;
    if (text !== null) texts.push({ at: `${stream}:${sequence}`, chat_pts: fact.chat_pts, text });
  }
  return texts;
}
