import { randomUUID } from 'node:crypto';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { DirectGet } from './direct-get.js';
import { publishOne } from './publish-one.js';
import type { PublishOneResult } from './publish-one.js';
import type { StoredMessage } from './stored-message.js';
import { lease_ttl_ms_default } from './topology.js';

export const leases_stream = 'KV_LEASES';
const renewals_per_ttl = 3;

export interface LeaseOptions {
  /** Dot-separated words of letters, digits, `-` and `_`. */
  readonly key: string;
  /** Shown to operators who look into the bucket. */
  readonly holder: string;
  /** As the bucket's topology says; a shorter one only renews more often. */
  readonly ttlMs?: number;
  /** Called once, when the lease ended without `release`: stop the work now. */
  readonly onLost: () => void;
}

/** The subject behind a key of the LEASES bucket. */
export const leaseSubject = (key: string): string => `$KV.LEASES.${key}`;

/** Whether the last message of a key says that somebody has it: neither deleted nor expired. */
export function isLive({ headers }: StoredMessage): boolean {
  return !headers.has('KV-Operation') && !headers.has('Nats-Marker-Reason');
}

/**
 * An agreement on who does a piece of work, kept by the NATS servers.
 *
 * A lease is an optimisation: it keeps two processes from doing the same work most of the time. It is never the
 * safety: a process may sleep past its lease and go on for a moment before it notices. So whatever is written under a lease must be fenced by the store (expected sequences), which refuses the
 * second writer whoever holds what.
 *
 * Taken by creating the key, renewed at a third of its life by compare and set on the key's revision, given back by
 * deleting it. The holder counts its time from before the request that renewed it, so it gives up before others may take over.
 */
export class Lease {
  private readonly direct: DirectGet;
  private heldUntilMs = 0;
  private timer: NodeJS.Timeout | undefined;
  private renewing: Promise<void> = Promise.resolve();
  private isOver = false;

  private constructor(
    private readonly nc: NatsConnection,
    private readonly options: LeaseOptions,
    private readonly value: Uint8Array,
    private revision: number,
    sinceMs: number,
  ) {
    this.direct = new DirectGet(nc, this.renewEveryMs);
    this.extend(sinceMs);
  }

  /** Null when somebody has it, or when it could not be learnt in time. */
  static async acquire(nc: NatsConnection, options: LeaseOptions): Promise<Lease | null> {
    const { key, holder } = options;
    const value = new TextEncoder().encode(JSON.stringify({ holder, lease_id: randomUUID() }));
    const direct = new DirectGet(nc, ttlOf(options));
    const last = await direct
      .getLastBySubject(leases_stream, leaseSubject(key), { leader: true })
      .catch(() => undefined);
    if (last === undefined || (last !== null && isLive(last))) return null;
    const sinceMs = performance.now();
    const result = await write(nc, options, value, last?.sequence ?? 0);
    return result.ok ? new Lease(nc, options, value, result.sequence, sinceMs) : null;
  }

  get isHeld(): boolean {
    return !this.isOver && performance.now() < this.heldUntilMs;
  }

  /** Gives it back, so that the next one need not wait. Stop the work first. Never throws; then it expires by itself. */
  async release(): Promise<void> {
    if (this.isOver) return;
    this.end();
    await this.renewing;
    await write(this.nc, this.options, new Uint8Array(), this.revision, { 'KV-Operation': 'DEL' });
  }

  private get renewEveryMs(): number {
    return ttlOf(this.options) / renewals_per_ttl;
  }

  private extend(sinceMs: number): void {
    this.heldUntilMs = sinceMs + ttlOf(this.options);
    this.schedule();
  }

  private schedule(): void {
    clearTimeout(this.timer);
    const leftMs = this.heldUntilMs - performance.now();
    const waitMs = Math.max(0, Math.min(this.renewEveryMs, leftMs));
    this.timer = setTimeout(() => (this.renewing = this.renew()), waitMs);
  }

  private async renew(): Promise<void> {
    if (!this.isHeld) return this.lose();
    const sinceMs = performance.now();
    const result = await write(this.nc, this.options, this.value, this.revision);
    if (result.ok) this.revision = result.sequence;
    else if (result.reason === 'conflict' && !(await this.isOurs())) return this.lose();
    if (this.isOver) return;
    if (result.ok) this.extend(sinceMs);
    else this.schedule();
  }

  /** After a conflict: an earlier renewal whose answer was lost looks like another's write, except for its value. */
  private async isOurs(): Promise<boolean> {
    const subject = leaseSubject(this.options.key);
    const last = await this.direct
      .getLastBySubject(leases_stream, subject, { leader: true })
      .catch(() => undefined);
    if (last === undefined) return true;
    if (last === null || !Buffer.from(last.data).equals(this.value)) return false;
    this.revision = last.sequence;
    return true;
  }

  private lose(): void {
    if (this.isOver) return;
    this.end();
    this.options.onLost();
  }

  private end(): void {
    this.isOver = true;
    clearTimeout(this.timer);
  }
}

const ttlOf = ({ ttlMs = lease_ttl_ms_default }: LeaseOptions): number => ttlMs;

function write(
  nc: NatsConnection,
  options: LeaseOptions,
  data: Uint8Array,
  expectedRevision: number,
  headers: Record<string, string> = {},
): Promise<PublishOneResult> {
  const guard = { expectedLastSubjectSequence: expectedRevision };
  const timeoutMs = ttlOf(options) / renewals_per_ttl;
  return publishOne(nc, { subject: leaseSubject(options.key), data, headers, ...guard }, { timeoutMs }).catch(
    () => ({
      ok: false,
      reason: 'unavailable',
    }),
  );
}

/**
 * Voids every lease. For whoever knows that nobody holds one: the sole user of servers that it has just started, whose
 * dead predecessor's leases would otherwise be waited for.
 */
export async function voidAllLeases(nc: NatsConnection): Promise<void> {
  const jsm = await jetstreamManager(nc);
  await jsm.streams.purge(leases_stream);
}
