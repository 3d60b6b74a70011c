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
import { ack_wait_ms, handleDelivery, type DeliveryContext } from './one-delivery.js';
import { work_stream, WorkStream } from './work-stream.js';

const fetch_expires_ms = 10_000;
const again_ms = 500;

export interface JobRunner {
  /** Tells running jobs to end, waits for them, and leaves what they did not finish to others. */
  stop(): Promise<void>;
}

/**
 * Begins at once, and waits where NATS or its streams are not there (yet), saying so. One durable consumer a kind, made where it is
 * missing, shared by all runners. At least once: killed between an effect and its acknowledgement, the job is delivered again
 * after `ackWaitMs`, with the same idempotency key. Never after its success was acknowledged. Runs through disconnects and
 * restarts of NATS.
 */
export function startJobRunner(
  nats: NatsConnection,
  jobs: readonly AnyJob[],
  { ackWaitMs = ack_wait_ms }: { readonly ackWaitMs?: number } = {},
): JobRunner {
  const stopping = new AbortController();
  const open = new Set<ConsumerMessages>();
  const logger = new Logger('Jobs');
  const work = new WorkStream(nats);
  const signal = stopping.signal;
  const loops = jobs.flatMap((job) => {
    const log = (level: 'warn' | 'error', line: string) => logger[level](line);
    const context = { work, job, signal, log, ackWaitMs };
    return Array.from({ length: job.concurrency_max }, () => loop(context));
  });

  async function loop(context: DeliveryContext): Promise<void> {
    let consumer: Consumer | undefined;
    while (!signal.aborted) {
      try {
        consumer ??= await consumerOf(nats, context.job, ackWaitMs);
        const messages = await consumer.fetch({ max_messages: 1, expires: fetch_expires_ms });
        open.add(messages);
        if (signal.aborted) messages.stop();
        for await (const delivery of messages) await handleDelivery(context, delivery);
        open.delete(messages);
      } catch (error) {
        if (signal.aborted) return;
        // It may be gone with the stream that it was of.
        consumer = undefined;
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

/** Made where it is missing; by several at once it is made once. */
async function consumerOf(nats: NatsConnection, job: AnyJob, ackWaitMs: number): Promise<Consumer> {
  const name = `work_${job.kind}`;
  const manager = await jetstreamManager(nats);
  await manager.consumers.add(work_stream, {
    durable_name: name,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(ackWaitMs),
    filter_subject: workSubjects(job.kind),
  });
  return jetstream(nats).consumers.get(work_stream, name);
}
