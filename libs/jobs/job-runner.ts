/** Does the jobs of some kinds, for as long as this process is to. Any number of processes may. */
import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import {
  AckPolicy,
  jetstream,
  jetstreamManager,
  type Consumer,
  type ConsumerMessages,
} from '@nats-io/jetstream';
import { nanos, type NatsConnection } from '@nats-io/nats-core';
import { workSubjects } from '#streams/subjects.js';
import type { AnyJob } from './define-job.js';
import { ack_wait_ms, handleDelivery } from './one-delivery.js';
import { work_stream, WorkStream } from './work-stream.js';

const fetch_expires_ms = 10_000;
const again_ms = 500;

export interface JobRunner {
  /** Tells running jobs to end, waits for them, and leaves what they did not finish to others. */
  stop(): Promise<void>;
}

/**
 * Resolves when the consumers stand: one durable a kind, shared by all runners. At least once: killed between an effect and its
 * acknowledgement, the job is delivered again after `ackWaitMs`, with the same idempotency key. Never after its success
 * was acknowledged. Runs through disconnects and restarts of NATS.
 */
export async function startJobRunner(
  nats: NatsConnection,
  jobs: readonly AnyJob[],
  { ackWaitMs = ack_wait_ms }: { readonly ackWaitMs?: number } = {},
): Promise<JobRunner> {
  const stopping = new AbortController();
  const open = new Set<ConsumerMessages>();
  const logger = new Logger('Jobs');
  const work = new WorkStream(nats);
  const signal = stopping.signal;
  const manager = await jetstreamManager(nats);
  const loops: Promise<void>[] = [];
  for (const job of jobs) {
    const name = `work_${job.kind}`;
    await manager.consumers.add(work_stream, {
      durable_name: name,
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(ackWaitMs),
      filter_subject: workSubjects(job.kind),
    });
    const consumer = await jetstream(nats).consumers.get(work_stream, name);
    const log = (level: 'warn' | 'error', line: string) => logger[level](line);
    const context = { work, job, signal, log, ackWaitMs };
    for (let index = 0; index < job.concurrency_max; index++) loops.push(loop(consumer, context));
  }

  async function loop(consumer: Consumer, context: Parameters<typeof handleDelivery>[0]): Promise<void> {
    while (!signal.aborted) {
      try {
        const messages = await consumer.fetch({ max_messages: 1, expires: fetch_expires_ms });
        open.add(messages);
        if (signal.aborted) messages.stop();
        for await (const delivery of messages) await handleDelivery(context, delivery);
        open.delete(messages);
      } catch (error) {
        if (signal.aborted) return;
        const told = error instanceof Error ? error.name : 'unknown';
        logger.warn(`jobs ${context.job.kind}: ${told}; going on`);
        await pause(again_ms, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  return {
    stop: async () => {
      stopping.abort();
      for (const messages of open) messages.stop();
      await Promise.all(loops);
    },
  };
}
