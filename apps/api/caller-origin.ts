import type { FastifyRequest } from 'fastify';
import { clientAddressOf, networkOf } from '#edge/client-address.js';

/** Where a request of somebody who is not signed in comes from. */
export interface CallerOrigin {
  readonly network: string;
  /** What the client calls itself: random, made once, told to nobody else. Null: it gave no name. */
  readonly installation: string | null;
}

export const originOf = (request: FastifyRequest, installation: string | undefined): CallerOrigin => ({
  network: networkOf(clientAddressOf(request.raw)),
  installation: installation ?? null,
});
