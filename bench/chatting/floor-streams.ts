/** Streams beside those of the app, configured alike, for appending to without anybody reading. */
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { chatSubject, userSubject } from '#streams/subjects.js';
import { topology } from '#streams/topology.js';

const prefix = 'floor.';
const floorOf = (stream: string): string => `FLOOR_${stream}`;

/** Empty, whatever stood there. */
export async function makeFloorStreams(
  nc: NatsConnection,
  streamsPerFamily: number,
  replicas: number,
): Promise<void> {
  const jsm = await jetstreamManager(nc);
  const specs = topology({ streamsPerFamily, replicas }).filter(({ name }) => /^(CHAT|USER)_/.test(name));
  const standing = new Set<string>();
  for await (const { config } of jsm.streams.list()) standing.add(config.name);
  for (const { name, subjects = [], metadata: _, ...rest } of specs) {
    if (standing.has(floorOf(name))) await jsm.streams.delete(floorOf(name));
    await jsm.streams.add({ ...rest, name: floorOf(name), subjects: subjects.map((one) => prefix + one) });
  }
}

export const floorChatSubject = (chatId: string): string => prefix + chatSubject(chatId);
export const floorUserSubject = (userId: string): string => prefix + userSubject(userId);
