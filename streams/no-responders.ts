import { NoRespondersError, RequestError } from '@nats-io/nats-core';

/** Nobody listened on the subject: nothing was delivered, so asking again is safe. */
export const isNoResponders = (error: unknown): boolean =>
  error instanceof NoRespondersError || (error instanceof RequestError && error.isNoResponders());
