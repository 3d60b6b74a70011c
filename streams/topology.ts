import { DiscardPolicy, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import type { StreamConfig } from '@nats-io/jetstream';
import { nanos } from '@nats-io/nats-core';
import { assert } from '#domain/kernel/assert.js';
import {
  adminSubjects,
  erased_stream,
  erasedSubjects,
  families,
  presenceSubjects,
  refused_stream,
  refusedSubjects,
  subjectRoots,
  timelineSubject,
  tokenText,
  tokens_count,
} from './subjects.js';
import type { Family } from './subjects.js';

export const duplicate_window_ms = 120_000;
export const lease_ttl_ms_default = 10_000;
const lease_marker_ttl_ms = 1_000;
/** A ticket lives for 30 s, by clocks that may differ. */
const used_ticket_ms = 120_000;
/** Longer than any limit takes to be whole again. */
export const rate_counter_ms = 3_600_000;
/** About 400 bytes of the server's memory each. */
const rate_counters_max = 250_000;

/** 90 days. */
const gateway_beat_ms = 7_776_000_000;

/** 90 days. */
const refused_ms = 7_776_000_000;
/** About 400 bytes each. */
const refused_max = 1_000_000;
const refused_per_subject_max = 1_000;

export interface TopologyOptions {
  /** A power of two up to 256, the same in every process: it decides where an id's events stand. */
  readonly streamsPerFamily: number;
  readonly replicas: number;
  readonly leaseTtlMs?: number;
}

export type StreamSpec = Partial<StreamConfig> & { readonly name: string };

/** The one table of all streams and buckets. Pure; `applyTopology` makes it so and `topologyDrift` compares. */
export function topology({ streamsPerFamily, replicas, leaseTtlMs }: TopologyOptions): StreamSpec[] {
  assert(
    streamsPerFamily >= 1 &&
      streamsPerFamily <= tokens_count &&
      Number.isInteger(Math.log2(streamsPerFamily)),
    `streamsPerFamily must be a power of two up to ${tokens_count}`,
  );
  const indexes = Array.from({ length: streamsPerFamily }, (_, index) => index);
  const primary = families.flatMap((family) =>
    indexes.map((index) => primaryStream(family, index, streamsPerFamily)),
  );
  const others = [
    workStream(),
    adminStream(),
    erasedStream(),
    refusedStream(),
    leasesBucket(leaseTtlMs ?? lease_ttl_ms_default),
    ticketsBucket(),
    keysBucket('ACCESS_KEYS'),
    keysBucket('SIGNING_KEYS'),
    ratesBucket(),
    presenceBucket(),
    gatewaysBucket(),
  ];
  return [...primary, ...others].map((spec) => ({ ...spec, num_replicas: replicas }));
}

/** No limit may ever empty a subject, or its numbering would start again. */
const keptWhole = {
  retention: RetentionPolicy.Limits,
  storage: StorageType.File,
  discard: DiscardPolicy.New,
  max_msgs: -1,
  max_bytes: -1,
  max_age: 0,
  max_msgs_per_subject: -1,
  duplicate_window: nanos(duplicate_window_ms),
  allow_direct: true,
  deny_purge: true,
} as const;

function primaryStream(family: Family, index: number, streamsPerFamily: number): StreamSpec {
  const name = `${family}_${index}`;
  const subjects = familySubjects(family, index, streamsPerFamily);
  const metadata: Record<string, string> = { 'odnix.family': family, 'odnix.index': String(index) };
  if (family === 'USER') metadata['odnix.epoch'] = '1';
  return {
    name,
    subjects: family === 'USER' ? [...subjects, timelineSubject(name)] : subjects,
    ...keptWhole,
    allow_atomic: true,
    // Single sequences must stay deletable: that is how a message's text is erased.
    deny_delete: false,
    metadata,
  };
}

function familySubjects(family: Family, index: number, streamsPerFamily: number): string[] {
  const tokensPerStream = tokens_count / streamsPerFamily;
  const tokens = Array.from({ length: tokensPerStream }, (_, i) => index * tokensPerStream + i);
  return subjectRoots[family].flatMap((prefix) => tokens.map((token) => `${prefix}.${tokenText(token)}.*`));
}

/**
 * Jobs with side effects. A job goes when it was done; a scheduled one waits in the stream until its time; one that was given up
 * stays, since nobody consumes it. All in one stream, so that a retry can be stored on condition that its job still stands; one
 * message a subject, so that a job whose time has come takes the place of its earlier attempt (docs/adr/0025).
 */
function workStream(): StreamSpec {
  return {
    name: 'WORK',
    subjects: ['work.*.*', 'later.*.*', 'dead.*.*'],
    max_msgs_per_subject: 1,
    retention: RetentionPolicy.Workqueue,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    duplicate_window: nanos(duplicate_window_ms),
    allow_direct: true,
    allow_msg_schedules: true,
    metadata: { 'odnix.family': 'WORK', 'odnix.index': '0' },
  };
}

/** What operators did, and why: for ever, and not even they may take anything out of it. */
function adminStream(): StreamSpec {
  return {
    name: 'ADMIN',
    subjects: [adminSubjects],
    ...keptWhole,
    deny_delete: true,
    metadata: { 'odnix.family': 'ADMIN', 'odnix.index': '0' },
  };
}

/** What outlives an erased decision: who, when, by which command, and the commitment to the words; for ever, as chats are. */
function erasedStream(): StreamSpec {
  return {
    name: erased_stream,
    subjects: [erasedSubjects],
    ...keptWhole,
    deny_delete: true,
    metadata: { 'odnix.family': 'ERASED', 'odnix.index': '0' },
  };
}

/**
 * Commands that were refused, for a while. Strangers can have as many refused as they like: then the oldest go, and of one user in
 * one chat before any other's.
 */
function refusedStream(): StreamSpec {
  return {
    name: refused_stream,
    subjects: [refusedSubjects],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.Old,
    max_msgs: refused_max,
    max_msgs_per_subject: refused_per_subject_max,
    max_age: nanos(refused_ms),
    duplicate_window: nanos(duplicate_window_ms),
    allow_direct: true,
    deny_delete: true,
    deny_purge: true,
    metadata: { 'odnix.family': 'REFUSED', 'odnix.index': '0' },
  };
}

/**
 * In files, although nothing here is worth keeping: a lone server forgets a stream in memory, configuration and all, when
 * it restarts, and nobody could take a lease again before the topology was applied anew.
 */
function leasesBucket(leaseTtlMs: number): StreamSpec {
  return {
    ...bucket('LEASES'),
    storage: StorageType.File,
    max_age: nanos(leaseTtlMs),
    duplicate_window: nanos(Math.min(leaseTtlMs, duplicate_window_ms)),
    allow_msg_ttl: true,
    subject_delete_marker_ttl: nanos(lease_marker_ttl_ms),
  };
}

/** Hashes of tickets that were used, for as long as somebody could use them again. In files, as leases are. */
const ticketsBucket = (): StreamSpec => ({
  ...bucket('TICKETS'),
  storage: StorageType.File,
  max_age: nanos(used_ticket_ms),
});

/** Of access tokens. What is put in the place of a private key destroys it: a bucket keeps one message a key. */
const keysBucket = (name: 'ACCESS_KEYS' | 'SIGNING_KEYS'): StreamSpec => ({
  ...bucket(name),
  storage: StorageType.File,
});

/**
 * Counters of limits (docs/adr/0034), each until it says nothing any more. Bounded whatever strangers do: then the one goes that was
 * written longest ago, and its caller has a fresh limit. In files, as leases are.
 */
const ratesBucket = (): StreamSpec => ({
  ...bucket('RATES'),
  storage: StorageType.File,
  discard: DiscardPolicy.Old,
  max_age: nanos(rate_counter_ms),
  max_msgs: rate_counters_max,
});

/**
 * Where users are connected and when they were seen last (docs/adr/0038). For ever, as the times last: one small document for each
 * user who was ever here. The store tells each to who watches that user, and to nobody else.
 */
const presenceBucket = (): StreamSpec => ({
  ...bucket('PRESENCE'),
  storage: StorageType.File,
  republish: { src: presenceSubjects, dest: 'presence.user.{{wildcard(1)}}' },
});

/** Of gateways that are gone the last sign of life tells when their users were last there, so it is kept for a while. */
const gatewaysBucket = (): StreamSpec => ({
  ...bucket('GATEWAYS'),
  storage: StorageType.File,
  max_age: nanos(gateway_beat_ms),
});

/** A NATS key-value bucket, as any KV client expects it. */
function bucket(name: string): StreamSpec {
  return {
    name: `KV_${name}`,
    subjects: [`$KV.${name}.>`],
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    max_msgs_per_subject: 1,
    duplicate_window: nanos(duplicate_window_ms),
    allow_direct: true,
    allow_rollup_hdrs: true,
    deny_delete: true,
    deny_purge: false,
    metadata: { 'odnix.family': 'KV', 'odnix.index': name },
  };
}
