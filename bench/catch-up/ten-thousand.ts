/** One device that is 10,000 updates behind, over its socket. */
import { catchUp } from '../support/device.js';
import type { Place } from '../support/filler.js';
import { entriesFloor, rowsFloor } from '../support/floors.js';
import { Durations } from '../support/percentiles.js';
import type { Usage } from '../support/usage.js';
import type { Person, Scene } from './scene.js';

const updates_count = 10_000;
const repeats = 5;

export interface BehindDevice {
  readonly person: Person;
  readonly place: Place;
}

/** Messages of somebody else, each a decision of its own. */
export async function fillTenThousand(scene: Scene): Promise<BehindDevice> {
  const { filler } = scene;
  const [person, peer] = [await scene.person(), await scene.person()];
  const chat = await filler.group([person.user_id, peer.user_id]);
  await filler.flush();
  const place = filler.placeOf(person.user_id);
  for (let count = 0; count < updates_count; count++) await filler.message(chat, peer.user_id);
  await scene.filled();
  return { person, place };
}

export interface TenThousandFigures {
  readonly distance: number;
  /** Before it was measured: in a fresh gateway, the first replay of all. The memory is of the gateway. */
  readonly first_ms: number;
  readonly first_mb: number;
  readonly ms: Durations;
  readonly bytes: number;
  readonly usage: Record<string, Usage>;
  readonly rows_floor_ms: number;
  readonly entries_floor_ms: number;
}

export async function measureTenThousand(
  scene: Scene,
  { person, place }: BehindDevice,
): Promise<TenThousandFigures> {
  const ms = new Durations();
  let bytes = 0;
  const first = new Durations();
  // Later ones meet a process that has done it before: code compiled, and the heap as large as garbage makes it.
  const { gateway } = await scene.usageDuring(() => first.time(() => catchUp(scene.opening(person, place))));
  const usage = await scene.usageDuring(async () => {
    for (let repeat = 0; repeat < repeats; repeat++) {
      const caughtUp = await ms.time(() => catchUp(scene.opening(person, place)));
      if (caughtUp.updates !== updates_count) throw new Error(`${caughtUp.updates} updates came`);
      bytes = caughtUp.bytes;
    }
  });
  const { installation, filler } = scene;
  return {
    distance: filler.userSequence - place.sequence,
    first_ms: first.ms(1),
    first_mb: gateway.rss_max_mb - gateway.rss_before_mb,
    ms,
    bytes,
    usage,
    rows_floor_ms: await rowsFloor(installation.db, person.user_id, place),
    entries_floor_ms: await entriesFloor(installation.nats.url, person.user_id, place),
  };
}
