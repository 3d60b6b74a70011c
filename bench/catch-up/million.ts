/** A device without anything of a very long log: all of it in slices, with memory that does not grow. */
import { randomUUID } from 'node:crypto';
import { catchUp } from '../support/device.js';
import { entriesFloor, rowsFloor } from '../support/floors.js';
import type { Usage } from '../support/usage.js';
import type { Scene } from './scene.js';

const start = { pts: 0, sequence: 0, hash: '' };
const told_every_updates = 100_000;

export interface MillionFigures {
  readonly updates: number;
  readonly bytes: number;
  readonly ms: number;
  readonly usage: Record<string, Usage>;
  readonly rows_floor_ms: number;
  readonly entries_floor_ms: number;
}

/** Half messages, half the reader's marks of what the user wrote. */
export async function measureMillion(scene: Scene, entries: number): Promise<MillionFigures> {
  const { filler, installation } = scene;
  const person = await scene.person();
  const { user_id } = person;
  const chat = await filler.group([user_id]);
  const peer = randomUUID();
  while (filler.placeOf(user_id).pts < entries) {
    await filler.message(chat, peer);
    await filler.readMark(chat, user_id);
  }
  await scene.filled();
  let figures = { updates: 0, bytes: 0, ms: 0 };
  const usage = await scene.usageDuring(async () => {
    const begun = performance.now();
    const { updates, bytes } = await catchUp(scene.opening(person, start), (count) => {
      if (count % told_every_updates === 0) scene.say(`${count} updates`);
    });
    figures = { updates, bytes, ms: performance.now() - begun };
  });
  const rows_floor_ms = await rowsFloor(installation.db, user_id, start);
  const entries_floor_ms = await entriesFloor(installation.nats.url, user_id, start);
  return { ...figures, usage, rows_floor_ms, entries_floor_ms };
}
