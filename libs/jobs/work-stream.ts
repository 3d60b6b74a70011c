/** Stores messages of WORK, each on a condition that makes it harmless to store again. */
import type { NatsConnection } from '@nats-io/nats-core';
import { DirectGet } from '#streams/direct-get.js';
import { publishOne, type PublishOneResult } from '#streams/publish-one.js';
import type { StoredMessage } from '#streams/stored-message.js';

export const work_stream = 'WORK';

export interface StandingJob {
  readonly subject: string;
  readonly sequence: number;
}

export class WorkStream {
  private readonly direct: DirectGet;

  constructor(readonly nats: NatsConnection) {
    this.direct = new DirectGet(nats);
  }

  /** Of the leader: what was stored a moment ago is seen. */
  async last(subject: string): Promise<StoredMessage | null> {
    return this.direct.getLastBySubject(work_stream, subject, { leader: true });
  }

  /**
   * In the place of a job in hand, on condition that it still stands: when another runner has done it meanwhile, or its retry has
   * taken its place, this is refused as a conflict.
   */
  async inPlaceOf(
    job: StandingJob,
    message: { subject: string; data: Uint8Array; headers?: Record<string, string> },
  ): Promise<PublishOneResult> {
    const condition = {
      'Nats-Expected-Last-Subject-Sequence': String(job.sequence),
      'Nats-Expected-Last-Subject-Sequence-Subject': job.subject,
    };
    return publishOne(this.nats, { ...message, headers: { ...message.headers, ...condition } });
  }
}

/** For a message on `laterSubject`: at that time the store puts it on `target`. */
export const scheduledAt = (atMs: number, target: string): Record<string, string> => ({
  'Nats-Schedule': `@at ${new Date(atMs).toISOString()}`,
  'Nats-Schedule-Target': target,
});
