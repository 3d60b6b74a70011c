import type { NatsConnection } from '@nats-io/nats-core';
import { DirectGet } from '#streams/direct-get.js';
import { isLive, leases_stream, leaseSubject } from '#streams/lease.js';

/** Held by the one operation that changes things. */
export const changing_lease_key = 'admin.changing';

/** For whoever need not be told so by a refusal, which is kept. */
export async function isSomebodyChanging(nats: NatsConnection): Promise<boolean> {
  const last = await new DirectGet(nats).getLastBySubject(leases_stream, leaseSubject(changing_lease_key));
  return last !== null && isLive(last);
}
