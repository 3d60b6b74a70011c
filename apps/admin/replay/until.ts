/**
 * Until where something is replayed: a position, or a time that picks one. Position decides: it names the same events for
 * ever, whoever asks. A time picks the last message that the store had written by then, by the store's own time of writing and
 * not by `occurred_at_ms`: that is a handler's clock, it never goes back within one chat but does between two, so it would
 * pick no single place in a stream.
 */
import type { NatsConnection } from '@nats-io/nats-core';
import { DirectGet } from '#streams/direct-get.js';
import { streamStandings } from '#streams/stream-standing.js';
import { OperationRefused } from '../operation.js';

export type Until =
  | { readonly kind: 'position'; readonly stream: string; readonly sequence: number }
  | { readonly kind: 'time'; readonly at_ms: number };

export const until_expected =
  'a position such as CHAT_3:1234, or a time with its zone such as 2026-05-01T12:00:00Z';

/** Undefined: neither a position nor a time. */
export function parseUntil(text: string): Until | undefined {
  const position = /^((?:CHAT|USER|ACCOUNT|RECEIPT)_\d{1,3}):(\d{1,16})$/.exec(text);
  if (position !== null) {
    const sequence = Number(position[2]);
    return Number.isSafeInteger(sequence) && sequence > 0
      ? { kind: 'position', stream: position[1]!, sequence }
      : undefined;
  }
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  const at_ms = Date.parse(text);
  return Number.isNaN(at_ms) ? undefined : { kind: 'time', at_ms };
}

/** The last sequence of `stream` that belongs to it; 0: nothing stood there yet. Absent: all there is now. */
export async function sequenceUntil(
  nats: NatsConnection,
  stream: string,
  until: Until | undefined,
): Promise<number> {
  const standing = (await streamStandings(nats)).get(stream);
  if (standing === undefined)
    throw new OperationRefused(`${stream} is not there: npm run admin -- streams list shows what is`);
  if (until === undefined) return standing.lastSequence;
  if (until.kind === 'time') return sequenceAt(nats, stream, standing.lastSequence, until.at_ms);
  if (until.stream !== stream)
    throw new OperationRefused(
      `until: this stands in ${stream}, and ${until.stream}:${until.sequence} is a place in another stream`,
    );
  if (until.sequence > standing.lastSequence)
    throw new OperationRefused(`until: ${stream} ends at ${standing.lastSequence}, before ${until.sequence}`);
  return until.sequence;
}

/** The last that was written by then; 0: none. By halves: some thirty reads find it among a billion messages. */
export async function sequenceAt(
  nats: NatsConnection,
  stream: string,
  last: number,
  atMs: number,
): Promise<number> {
  const direct = new DirectGet(nats);
  let [from, to] = [1, last + 1];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    const message = await direct.firstFrom(stream, '>', middle);
    if (message === null || message.timeMs > atMs) to = middle;
    else from = message.sequence + 1;
  }
  return Math.min(to, from) - 1;
}
