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
/** What was not answered, or was refused, is tried again sooner than it was due. */
const retries_per_ttl = 10;
const answer_ms_max = 1_000;
/** Leases that were renewed together, as after a reconnect, are not to be so for ever. */
const spread = 0.2;
const deleted = { 'KV-Operation': 'DEL' };
/** Marks a lease that somebody else deleted, because its holder was gone. */
const voided_header = 'Odnix-Lease-Voided';

export interface LeaseOptions {
  /** Dot-separated words of letters, digits, `-` and `_`. */
  readonly key: string;
  /** One word; whoever looks into the bucket sees it. */
  readonly holder: string;
  /** As the bucket's topology says; a shorter one only renews more often. */
  readonly ttlMs?: number;
  /** Called once, when somebody else has it now: stop the work. */
  readonly onLost: () => void;
}

/** The subject behind a key of the LEASES bucket. */
export const leaseSubject = (key: string): string => `$KV.LEASES.${key}`;

/** The server's word that a message's life was over. */
export const isExpired = ({ headers }: StoredMessage): boolean => headers.has('Nats-Marker-Reason');

/** Whether the last message of a key says that somebody has it: neither deleted nor expired. */
export const isLive = (message: StoredMessage): boolean =>
  !message.headers.has('KV-Operation') && !isExpired(message);

/** Who wrote a live key; an empty word when it cannot be read. */
export function holderIn({ data }: StoredMessage): string {
  try {
    const { holder } = JSON.parse(Buffer.from(data).toString()) as { holder?: unknown };
    return typeof holder === 'string' ? holder : '';
  } catch {
    return '';
  }
}

/**
 * An agreement on who does a piece of work, kept by the NATS servers (docs/adr/0010).
 *
 * A lease is for speed alone: it keeps two processes from doing the same work most of the time. It is never the safety: a
 * process may sleep past its lease and go on. So whatever is written under a lease must be fenced by the store
 * (expected sequences), which refuses the second writer whoever holds what.
 *
 * Taken by creating the key, renewed at a third of its life by compare and set on the key's revision, given back by
 * deleting it. Its life is counted by the servers alone. The holder goes on while they do not answer, and ends only when it
 * learns that somebody else has it: a renewal is refused and another's value stands there. When a renewal is refused and
 * nobody's value stands there (it expired while nobody could renew, or was voided), the holder writes it again:
 * whoever does so first has it.
 */
export class Lease {
  private readonly direct: DirectGet;
  private timer: NodeJS.Timeout | undefined;
  private renewing: Promise<void> = Promise.resolve();
  private isRenewing = false;
  private isOver = false;

  private constructor(
    private readonly nc: NatsConnection,
    private readonly options: LeaseOptions,
    private readonly value: Uint8Array,
    private revision: number,
    /** Whether the holder before gave it back itself, its work done; false when that one was lost, or is unknown. */
    readonly wasGivenBack: boolean,
  ) {
    this.direct = new DirectGet(nc, answer_ms_max);
    this.schedule(ttlOf(options) / renewals_per_ttl);
  }

  /** Null when somebody has it, or when it could not be learnt in time. */
  static async acquire(nc: NatsConnection, options: LeaseOptions): Promise<Lease | null> {
    const value = new TextEncoder().encode(
      JSON.stringify({ holder: options.holder, lease_id: randomUUID() }),
    );
    const direct = new DirectGet(nc, answer_ms_max);
    const last = await direct
      .getLastBySubject(leases_stream, leaseSubject(options.key), { leader: true })
      .catch(() => undefined);
    if (last === undefined || (last !== null && isLive(last))) return null;
    const wasGivenBack = last !== null && !isExpired(last) && !last.headers.has(voided_header);
    const result = await write(nc, leaseSubject(options.key), value, last?.sequence ?? 0);
    return result.ok ? new Lease(nc, options, value, result.sequence, wasGivenBack) : null;
  }

  /** False once it was given back, or it was learnt that somebody else has it. */
  get isHeld(): boolean {
    return !this.isOver;
  }

  /** Before it is due: whether somebody else has it is known when this was answered. */
  renewNow(): void {
    if (this.isOver || this.isRenewing) return;
    clearTimeout(this.timer);
    this.renewing = this.renew();
  }

  /** Gives it back, so that the next one need not wait. Stop the work first. Never throws; then it expires by itself. */
  async release(): Promise<void> {
    if (this.isOver) return;
    this.end();
    await this.renewing;
    await write(this.nc, leaseSubject(this.options.key), new Uint8Array(), this.revision, deleted);
  }

  private schedule(waitMs: number): void {
    if (this.isOver) return;
    const spreadMs = waitMs * (1 - spread * Math.random());
    this.timer = setTimeout(() => this.renewNow(), spreadMs);
  }

  private async renew(): Promise<void> {
    this.isRenewing = true;
    const result = await write(this.nc, leaseSubject(this.options.key), this.value, this.revision);
    if (result.ok) this.revision = result.sequence;
    const isTaken = !result.ok && result.reason === 'conflict' && (await this.isTaken());
    this.isRenewing = false;
    if (isTaken) this.lose();
    else this.schedule(ttlOf(this.options) / (result.ok ? renewals_per_ttl : retries_per_ttl));
  }

  /** If not, the next renewal is made on what stands there now: an earlier one, whose answer was lost, or nobody's. */
  private async isTaken(): Promise<boolean> {
    const subject = leaseSubject(this.options.key);
    const last = await this.direct
      .getLastBySubject(leases_stream, subject, { leader: true })
      .catch(() => undefined);
    if (last === undefined) return false;
    if (last !== null && isLive(last) && !Buffer.from(last.data).equals(this.value)) return true;
    this.revision = last?.sequence ?? 0;
    return false;
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
  subject: string,
  data: Uint8Array,
  expectedLastSubjectSequence: number,
  headers: Record<string, string> = {},
): Promise<PublishOneResult> {
  const message = { subject, data, headers, expectedLastSubjectSequence };
  const unavailable = { ok: false, reason: 'unavailable' } as const;
  return publishOne(nc, message, { timeoutMs: answer_ms_max }).catch(() => unavailable);
}

/** Takes a lease from a holder that is gone, unless it was renewed since `sequence`. Never throws. */
export async function voidLease(nc: NatsConnection, subject: string, sequence: number): Promise<void> {
  await write(nc, subject, new Uint8Array(), sequence, { ...deleted, [voided_header]: '1' });
}

/**
 * Voids every lease. For whoever knows that nobody holds one: the sole user of servers that it has just started, whose
 * dead predecessor's leases would otherwise be waited for.
 */
export async function voidAllLeases(nc: NatsConnection): Promise<void> {
  const jsm = await jetstreamManager(nc);
  await jsm.streams.purge(leases_stream);
}
