/**
 * Jobs on a real NATS, with runners and the server killed. Seen failing with: a failed job acknowledged without its retry; the
 * retry stored without the condition on the job in hand; no look for what follows a redelivered job; the consumer made before
 * the runner begins to wait; a consumer kept that is gone; attempts without a maximum; more than one message a subject in WORK.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AckPolicy, jetstream, jetstreamManager, type JsMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { applyTopology } from '#streams/apply-topology.js';
import { connectNats } from '#streams/connection.js';
import { publishOne } from '#streams/publish-one.js';
import { CountedPayload, countingJob } from '../../test/support/counting-job.js';
import { freshDirectory } from '../../test/support/run-directory.js';
import { startNats, type TestNats } from '../../test/support/servers.js';
import { listDeadLetters, retryDeadLetter } from './dead-letters.js';
import { handleDelivery, NotAcknowledged } from './one-delivery.js';
import { enqueue } from './enqueue.js';
import { startJobRunner, type JobRunner } from './job-runner.js';
import { work_stream, WorkStream } from './work-stream.js';

const patient = { timeout: 60_000, interval: 20 };
const directory = freshDirectory();
let nats: TestNats;
let nc: NatsConnection;
let runner: JobRunner | null = null;

beforeAll(async () => {
  nats = await startNats();
  nc = await connectNats(nats.url, { maxReconnectAttempts: -1 });
  await applyTopology(nc, { streamsPerFamily: 1, replicas: 1 });
});
afterEach(async () => {
  await runner?.stop();
  runner = null;
});
afterAll(async () => {
  await nc?.close();
  await nats?.stop();
});

const payload = (key: string, goes: CountedPayload['goes']) => ({ file: join(directory, key), goes });
const add = (key: string, goes: CountedPayload['goes'], notBeforeMs?: number) =>
  enqueue(nc, countingJob, { key, payload: payload(key, goes), ...(notBeforeMs ? { notBeforeMs } : {}) });
const effects = (key: string): string[] =>
  existsSync(join(directory, key)) ? readFileSync(join(directory, key), 'utf8').trim().split('\n') : [];
const start = () => (runner = startJobRunner(nc, [countingJob], { ackWaitMs: 1_000 }));
const standing = async () => {
  const info = await (await jetstreamManager(nc)).streams.info(work_stream, { subjects_filter: '>' });
  return Object.keys(info.state.subjects ?? {});
};
const letters = async () => (await listDeadLetters(nc, { kind: 'counting' })).letters;

async function launchRunner(): Promise<ChildProcess> {
  const hooks = ['--conditions=odnix-source', '--import', './test/support/typescript-hooks.mjs'];
  const child = spawn(process.execPath, [...hooks, 'test/support/counting-job.ts', nats.url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout!, 'data');
  return child;
}

it('is done once and leaves nothing, enqueued twice or not', async () => {
  expect([await add('well', 'well'), await add('well', 'well')]).toEqual(['enqueued', 'known']);
  start();
  await expect.poll(standing, patient).toEqual([]);
  expect(await add('well', 'well')).toBe('known');
  expect(effects('well')).toEqual(['counting.well 1']);
});

it('one that fails is tried again at its times; one that always fails is a dead letter, once, and can be tried anew', async () => {
  start();
  await Promise.all([add('third', 'at the third'), add('never', 'never')]);
  await expect.poll(standing, patient).toEqual(['dead.counting.never']);
  expect(effects('third')).toEqual([1, 2, 3].map((attempt) => `counting.third ${attempt}`));
  const [letter, ...more] = await letters();
  expect(more).toEqual([]);
  expect(letter).toMatchObject({ key: 'never', reason: 'TypeError', attempts: 3, round: 0 });
  expect(JSON.stringify(letter)).not.toContain('a secret');
  await retryDeadLetter(nc, letter!);
  await expect.poll(async () => (await letters())[0]?.round, patient).toBe(1);
  expect(effects('never')).toHaveLength(6);
  expect(await standing()).toEqual(['dead.counting.never']);
  await retryDeadLetter(nc, (await letters())[0]!);
  await expect.poll(async () => (await letters())[0]?.round, patient).toBe(2);
});

it('a runner that begins while NATS is away waits for it, and one whose consumer is deleted makes it anew', async () => {
  await add('patient', 'well');
  await nats.kill();
  start();
  await nats.restart();
  await expect.poll(() => effects('patient'), patient).toHaveLength(1);
  await (await jetstreamManager(nc)).consumers.delete(work_stream, 'work_counting');
  await add('anew', 'well');
  await expect.poll(() => effects('anew'), patient).toHaveLength(1);
});

it('what cannot be decoded is a dead letter at once', async () => {
  start();
  await publishOne(nc, { subject: 'work.counting.torn', data: new TextEncoder().encode('{"format":1') });
  await expect.poll(async () => (await letters()).at(-1)?.reason, patient).toBe('JobUndecodable');
  expect((await letters()).at(-1)).toMatchObject({ key: 'torn', attempts: 1, job_id: null });
});

it('jobs come at their times, in that order, through kill -9 of runner and NATS', async () => {
  const child = await launchRunner();
  await add('hangs', 'hangs');
  await expect.poll(() => effects('hangs'), patient).toHaveLength(1);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const ordered = { ...countingJob, kind: 'ordered', concurrency_max: 1 };
  runner = startJobRunner(nc, [countingJob, ordered], { ackWaitMs: 1_000 });
  const nowMs = Date.now();
  const later = (key: string, inMs: number) =>
    enqueue(nc, ordered, { key, payload: payload('order', 'well'), notBeforeMs: nowMs + inMs });
  await later('second', 3_200);
  await later('first', 2_400);
  await add('through', 'at the third');
  await nats.kill();
  await nats.restart();
  const left = async () => (await standing().catch(() => ['?'])).filter((name) => !name.startsWith('dead.'));
  await expect.poll(left, patient).toEqual([]);
  expect([...new Set(effects('order'))]).toEqual(['ordered.first 1', 'ordered.second 1']);
  expect([...new Set(effects('through'))]).toEqual([1, 2, 3].map((attempt) => `counting.through ${attempt}`));
  expect(effects('hangs').length).toBeGreaterThan(1);
  expect(new Set(effects('hangs')).size).toBe(1);
  expect((await letters()).filter(({ key }) => key !== 'never' && key !== 'torn')).toEqual([]);
});

/** A delivery in hand, as a runner has it that is slow or dies at any point. */
async function deliver(): Promise<JsMsg> {
  const durable = { durable_name: 'work_counting', ack_policy: AckPolicy.Explicit };
  await (
    await jetstreamManager(nc)
  ).consumers.add(work_stream, { ...durable, filter_subject: 'work.counting.*', ack_wait: 1_000_000_000 });
  const consumer = await jetstream(nc).consumers.get(work_stream, 'work_counting');
  return (await consumer.next({ expires: 10_000 }))!;
}
const context = () => ({
  work: new WorkStream(nc),
  job: countingJob,
  signal: new AbortController().signal,
  log: () => undefined,
  ackWaitMs: 1_000,
});
/** Whoever had it died between what it stored and its acknowledgement. */
const unacknowledged = (delivery: JsMsg): JsMsg =>
  new Proxy(delivery, {
    get: (target, name) =>
      name === 'ackAck' ? async () => false : (Reflect.get(target, name, target) as unknown),
  });

it.each([
  ['delivered again before the retry', true],
  ['not delivered again before the retry', false],
])('killed between storing the retry and acknowledging, %s: no attempt is run again', async (_, soon) => {
  const key = `followed-${soon}`;
  await add(key, 'at the third');
  const first = await deliver();
  const dying = handleDelivery(context(), unacknowledged(first));
  await expect(dying).rejects.toThrow(NotAcknowledged);
  if (soon) first.nak();
  start();
  await expect.poll(async () => (await standing()).join(' '), patient).not.toContain('followed');
  expect(effects(key)).toEqual([1, 2, 3].map((attempt) => `counting.${key} ${attempt}`));
});

it('killed between storing the dead letter and acknowledging: one letter, and no further attempt', async () => {
  await add('buried', 'never');
  const last = { ...countingJob, attempts_max: 1 };
  const delivery = await deliver();
  const dying = handleDelivery({ ...context(), job: last }, unacknowledged(delivery));
  await expect(dying).rejects.toThrow(NotAcknowledged);
  delivery.nak();
  start();
  await expect.poll(standing, patient).not.toContain('work.counting.buried');
  expect((await letters()).filter(({ key }) => key === 'buried')).toHaveLength(1);
  expect(effects('buried')).toHaveLength(1);
});

it('a runner that fails after another has done it stores nothing', async () => {
  await add('overtaken', 'at the third');
  const slow = await deliver();
  slow.ack();
  await expect.poll(standing, patient).not.toContain('work.counting.overtaken');
  await expect(handleDelivery(context(), slow)).rejects.toThrow(NotAcknowledged);
  expect(await standing()).not.toContain('later.counting.overtaken');
});
