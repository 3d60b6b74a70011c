/** How many jobs stand in the store, by kind and by what they wait for. */
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';

const work_stream = 'WORK';
const consumer_name = /^work_(.+)$/;
const ask_ms_max = 5_000;
/** Beyond all subjects there may be: how many there are is answered, and none of them. */
const no_subjects_offset = 1_000_000_000;

const queues = { due: 'work', later: 'later', dead: 'dead' } as const;
type Queue = keyof typeof queues;

export interface JobsWaiting {
  readonly queue: Queue;
  /** `unknown`: no release that ran here has ever run them. */
  readonly kind: string;
  readonly jobs: number;
}

/** A job has a subject of its own. Throws when JetStream does not answer. */
export async function jobsWaiting(nats: NatsConnection): Promise<JobsWaiting[]> {
  const kinds = await kindsOf(await jetstreamManager(nats, { checkAPI: false }));
  const waiting: JobsWaiting[] = [];
  for (const queue of Object.keys(queues) as Queue[]) {
    let unknown = await subjectsOf(nats, `${queues[queue]}.>`);
    for (const kind of kinds) {
      const jobs = await subjectsOf(nats, `${queues[queue]}.${kind}.>`);
      unknown -= jobs;
      waiting.push({ queue, kind, jobs });
    }
    waiting.push({ queue, kind: 'unknown', jobs: Math.max(0, unknown) });
  }
  return waiting;
}

async function kindsOf(jsm: JetStreamManager): Promise<string[]> {
  const kinds: string[] = [];
  for await (const { name } of jsm.consumers.list(work_stream)) {
    const [, kind] = consumer_name.exec(name) ?? [];
    if (kind !== undefined) kinds.push(kind);
  }
  return kinds.toSorted();
}

async function subjectsOf(nats: NatsConnection, subjects_filter: string): Promise<number> {
  const request = JSON.stringify({ subjects_filter, offset: no_subjects_offset });
  const answer = await nats.request(`$JS.API.STREAM.INFO.${work_stream}`, request, { timeout: ask_ms_max });
  return answer.json<{ readonly total?: number }>().total ?? 0;
}
