/** How large the app's stored messages are, by the latest of each stream: its floor's are to be as large. */
import type { NatsConnection } from '@nats-io/nats-core';
import { jetstreamManager, type StoredMsg } from '@nats-io/jetstream';
import { timelineSubject } from '#streams/subjects.js';

const looked_at = 20;

export interface StoredSizes {
  readonly decision_bytes: number;
  readonly entry_bytes: number;
}

export async function storedSizes(nc: NatsConnection, streams: number): Promise<StoredSizes> {
  return {
    decision_bytes: await meanSize(nc, 'CHAT', streams),
    entry_bytes: await meanSize(nc, 'USER', streams),
  };
}

/** Data alone: the guards of the floor's messages take as much as those of the app's. Positions of writers do not count. */
async function meanSize(nc: NatsConnection, family: 'CHAT' | 'USER', streams: number): Promise<number> {
  const jsm = await jetstreamManager(nc);
  const sizes: number[] = [];
  for (let index = 0; index < streams; index++) {
    const stream = `${family}_${index}`;
    const { state } = await jsm.streams.info(stream);
    for (let seq = state.last_seq; seq > Math.max(0, state.last_seq - looked_at); seq--) {
      const message: StoredMsg | null = await jsm.streams.getMessage(stream, { seq });
      if (message !== null && message.subject !== timelineSubject(stream)) sizes.push(message.data.length);
    }
  }
  return Math.round(sizes.reduce((sum, size) => sum + size, 0) / Math.max(1, sizes.length));
}
