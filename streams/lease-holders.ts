import type { NatsConnection } from '@nats-io/nats-core';
import { DirectGet } from './direct-get.js';
import { isLive, leaseSubject, leases_stream } from './lease.js';

const get_ms_max = 1_000;

/** Those of a lease set's names that nobody holds at the moment. Throws when the store does not answer. */
export async function unheldNames(
  nc: NatsConnection,
  group: string,
  names: readonly string[],
): Promise<readonly string[]> {
  const subjectOf = (name: string) => leaseSubject(`${group}.lease.${name}`);
  const leases = new DirectGet(nc, get_ms_max).getLastForSubjects(leases_stream, [subjectOf('*')]);
  const held = new Set((await leases).filter(isLive).map(({ subject }) => subject));
  return names.filter((name) => !held.has(subjectOf(name)));
}
