/** Copies a stretch of a stream into scratch tables, and notes where nothing (of the subject) is stored. */
import type { NatsConnection } from '@nats-io/nats-core';
import type pg from 'pg';
import { copyRows } from './copy-rows.js';
import { readMessages, type Stretch } from './read-messages.js';
import { scratchRows, type ScratchRow } from './scratch-rows.js';

export interface Loading {
  readonly nats: NatsConnection;
  readonly client: pg.ClientBase;
  readonly schema: string;
  /** Told after each batch, with the last sequence that was copied. */
  readonly onCopied?: (sequence: number) => void;
}

/** Resolves with the number of messages that stood there. */
export async function loadStretch(
  { nats, client, schema, onCopied }: Loading,
  stretch: Stretch,
): Promise<number> {
  const { stream, from, to } = stretch;
  let expected = from;
  let count = 0;
  for await (const messages of readMessages(nats, stretch)) {
    const rows = messages.flatMap((message) => scratchRows(stream, message));
    for (const { sequence } of messages) {
      if (sequence > expected) rows.push(gap(stream, expected, sequence - 1));
      expected = sequence + 1;
    }
    await copyRows(client, schema, rows);
    count += messages.length;
    onCopied?.(expected - 1);
  }
  if (expected <= to) await copyRows(client, schema, [gap(stream, expected, to)]);
  return count;
}

const gap = (stream: string, first: number, last: number): ScratchRow => ({
  table: 'gaps',
  values: [stream, first, last],
});
