/** What a slice costs from the stream and from the read model, by how far it stands from the stream's end. */
import { randomUUID } from 'node:crypto';
import type { LogPosition } from '#edge/log-position.js';
import { openEdge, type EdgeServices } from '#edge/open-edge.js';
import { appendsDuring } from '../support/appends.js';
import { Installation, streamsPerFamily } from '../support/installation.js';
import { Durations } from '../support/percentiles.js';
import { cpuSecondsOf } from '../support/proc.js';
import type { Scene } from './scene.js';

const distances = [100_000, 30_000, 10_000, 3_000, 1_000];
const users_of_distance = 20;
export const slice_updates = 30;
const readers = 4;
const appending_ms = 2_000;

export interface ThresholdFigures {
  readonly distance: number;
  readonly from: 'stream' | 'read model';
  /** Of a slice that nobody read before. */
  readonly slice_ms: Durations;
  /** Milliseconds of CPU a slice, of NATS and Postgres; the edge's own and the query handler's come on top. */
  readonly nats_cpu_ms: number;
  readonly postgres_cpu_ms: number;
  /** Appends to the same stream, while slices of this kind are read without a pause. */
  readonly appends: Durations;
}

interface Standing {
  readonly distance: number;
  readonly logs: readonly { readonly user_id: string; readonly position: LogPosition }[];
}

interface Turn {
  /** So many messages before the stream's end. */
  readonly at: number;
  readonly userId: string;
}

/** Of each distance some logs whose next slice is spread over all that is behind it; the rest is other people's. */
async function fill(scene: Scene): Promise<Standing[]> {
  const { filler } = scene;
  const users = distances.map((distance) => ({ distance, ids: uuids(users_of_distance) }));
  const turns = users.flatMap(({ distance, ids }) => ids.flatMap((userId) => turnsOf(distance, userId)));
  turns.sort((one, other) => other.at - one.at);
  const others = uuids(100);
  const noise = await filler.group(others);
  const standing = users.map(({ distance }) => ({ distance, logs: [] as Standing['logs'][number][] }));
  const chats = new Map<string, Awaited<ReturnType<typeof filler.group>>>();
  for (let left = distances[0]! + users_of_distance; left > 0; left--) {
    const turn = turns[0] && turns[0].at >= left ? turns.shift()! : undefined;
    const chat = turn && chats.get(turn.userId);
    if (!turn) await filler.readMark(noise, others[left % others.length]!);
    else if (chat) await filler.message(chat, randomUUID());
    else {
      chats.set(turn.userId, await filler.group([turn.userId]));
      const position = { ...filler.placeOf(turn.userId), dateMs: 0 };
      const index = users.findIndex(({ ids }) => ids.includes(turn.userId));
      standing[index]!.logs.push({ user_id: turn.userId, position });
    }
  }
  await scene.filled();
  return standing;
}

/** First the position, then the slice. */
const turnsOf = (distance: number, userId: string): Turn[] =>
  Array.from({ length: slice_updates + 1 }, (_, index) => {
    return { at: distance - Math.floor((index * distance) / (slice_updates + 1)), userId };
  });

const uuids = (length: number): string[] => Array.from({ length }, () => randomUUID());

export async function measureThreshold(scene: Scene): Promise<ThresholdFigures[]> {
  const standing = await fill(scene);
  const figures: ThresholdFigures[] = [];
  for (const one of standing) {
    figures.push(await measureOne(scene, one, 'stream'), await measureOne(scene, one, 'read model'));
  }
  return figures;
}

async function measureOne(
  scene: Scene,
  { distance, logs }: Standing,
  from: ThresholdFigures['from'],
): Promise<ThresholdFigures> {
  const { installation, filler } = scene;
  const edge = await openEdge({
    natsUrl: installation.nats.url,
    secrets: installation.secrets,
    streamsPerFamily,
    farDistanceMessagesMin: from === 'stream' ? Infinity : 0,
  });
  try {
    const slice_ms = new Durations();
    const before = serverCpu(installation);
    await read(edge, logs, slice_ms);
    const after = serverCpu(installation);
    const appends = await appendsDuring(installation.nc, filler, async () => {
      const end = performance.now() + appending_ms;
      while (performance.now() < end) await read(edge, logs, new Durations());
    });
    const [nats_cpu_ms, postgres_cpu_ms] = after.map((s, i) => ((s - before[i]!) * 1_000) / logs.length);
    return {
      distance,
      from,
      slice_ms,
      nats_cpu_ms: nats_cpu_ms!,
      postgres_cpu_ms: postgres_cpu_ms!,
      appends,
    };
  } finally {
    await edge.close();
  }
}

async function read({ catchUp }: EdgeServices, logs: Standing['logs'], durations: Durations): Promise<void> {
  const left = [...logs];
  const reader = async () => {
    for (let log = left.pop(); log; log = left.pop()) {
      const { user_id, position } = log;
      const { items } = await durations.time(() => catchUp.updatesAfter(user_id, position, slice_updates));
      if (items.length !== slice_updates) throw new Error(`${items.length} updates came`);
    }
  };
  await Promise.all(Array.from({ length: readers }, reader));
}

const serverCpu = ({ nats, postgres }: Installation) => [cpuSecondsOf(nats.pid), cpuSecondsOf(postgres.pid)];
