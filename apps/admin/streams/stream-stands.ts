import { JetStreamApiCodes, JetStreamApiError, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';

/** Throws when JetStream does not answer: then it is not known. */
export async function streamStands(nats: NatsConnection, stream: string): Promise<boolean> {
  try {
    await (await jetstreamManager(nats)).streams.info(stream);
    return true;
  } catch (error) {
    const isMissing = error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound;
    if (isMissing) return false;
    throw error;
  }
}
