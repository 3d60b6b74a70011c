/** What a slice costs from the stream and from the read model, by how far it stands from the stream's end. */
import { randomUUID } from 'node:crypto';
import type { LogPosition } from '#edge/log-position.js';
import { openEdge, type EdgeServices } from '#edge/open-edge.js';
import { appendsDuring } from '../support/appends.js';
import { Installation, streamsPerFamily } from '../support/installation.js';
import { Durations } from '../support/percentiles.js';
import { cpuSeconds } from '../support/usage.js';
import type { Scene } from './scene.js';

const distances = [100_000, 30_000, 10_000, 3_000, 1_000];
const users_of_distance = 10;
const slice_updates = 50;
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

/** At each distance some logs with their next slice in one piece; between them, other people's entries. */
async function fill(scene: Scene): Promise<Standing[]> {
  const { filler } = scene;
  const others = Array.from({ length: 100 }, () => randomUUID());
  const noise = await filler.group(others);
  const standing: Standing[] = [];
  for (const [index, distance] of distances.entries()) {
    const logs = [];
    for (let count = 0; count < users_of_distance; count++) {
      const [user_id, peer] = [randomUUID(), randomUUID()];
      const chat = await filler.group([user_id, peer]);
      await filler.flush();
      const { pts, sequence, hash } = filler.placeOf(user_id);
      logs.push({ user_id, position: { pts, sequence, hash, dateMs: 0 } });
      for (let i = 0; i < slice_updates / 2; i++) {
        await filler.message(chat, peer);
        await filler.readMark(chat, user_id);
      }
    }
    standing.push({ distance, logs });
    const written = filler.userSequence - logs[0]!.position.sequence;
    const between = distance - (distances[index + 1] ?? 0) - written;
    for (let i = 0; i < between; i++) await filler.readMark(noise, others[i % others.length]!);
  }
  await scene.filled();
  return standing;
}

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

const serverCpu = ({ nats, postgres }: Installation) => [cpuSeconds(nats.pid), cpuSeconds(postgres.pid)];
