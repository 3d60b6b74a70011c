/** How far readers are behind the ends of streams, in messages and in the age of the first message they have not read. */
import type { NatsConnection } from '@nats-io/nats-core';
import { DirectGet } from '#streams/direct-get.js';
import { streamStandings } from '#streams/stream-standing.js';

export interface Lag {
  readonly reader: string;
  readonly stream: string;
  readonly position: number;
  /** Null: there is no such stream, or it has no leader. */
  readonly end: number | null;
  /** Sequences, erased ones too. */
  readonly messages: number;
  /** Since the store wrote the first message that is not read; 0 when all are. */
  readonly seconds: number;
}

export interface Reading {
  readonly reader: string;
  readonly stream: string;
  readonly position: number;
}

const asked_at_once_max = 32;

export async function lagsOf(
  nats: NatsConnection,
  readings: readonly Reading[],
  nowMs: number,
): Promise<readonly Lag[]> {
  // Asked after the positions were: they go on meanwhile, and nobody stands beyond an end.
  const standings = await streamStandings(nats);
  const direct = new DirectGet(nats);
  const lagOf = async (reading: Reading): Promise<Lag> => {
    const end = standings.get(reading.stream)?.lastSequence ?? null;
    const messages = Math.max(0, (end ?? 0) - reading.position);
    const next = messages === 0 ? null : await direct.firstFrom(reading.stream, '>', reading.position + 1);
    const seconds = next === null ? 0 : Math.max(0, (nowMs - next.timeMs) / 1_000);
    return { ...reading, end, messages, seconds };
  };
  const lags: Lag[] = [];
  for (let from = 0; from < readings.length; from += asked_at_once_max)
    lags.push(...(await Promise.all(readings.slice(from, from + asked_at_once_max).map(lagOf))));
  return lags;
}
