/**
 * Which keys sign access tokens, and which are accepted: the public half of every key with its times, one document for the whole
 * system. Pure; `KeyRingStore` keeps it.
 *
 * Each key signs from its time on until the next one's. A key is published before it signs, so that everybody who checks
 * tokens knows it by then; it is accepted for as long as a token of it may live; a retired one at no time.
 */
import { count, list, optional, shape, text } from '#domain/kernel/check.js';
import { parsed } from '#domain/kernel/event-catalogue.js';
import { access_expires_s } from './access-claims.js';

export const rotate_after_ms = 30 * 86_400_000;
/** Much longer than what `/v1/auth/jwks.json` may be kept by caches. */
export const publish_ahead_ms = 3_600_000;
/** By so much the clocks of two servers may differ. */
const clocks_differ_ms_max = 60_000;
/** Old keys stay in sight of operators for so long. */
const forget_after_ms = 30 * 86_400_000;
export const ring_keys_max = 16;

export interface RingKey {
  /** The thumbprint of the public key (RFC 7638). */
  readonly kid: string;
  /** The Ed25519 public key, base64url. */
  readonly x: string;
  readonly created_at_ms: number;
  readonly signs_from_ms: number;
  readonly retired_at_ms?: number | undefined;
}

export interface KeyRing {
  /** Ascending by `signs_from_ms`. */
  readonly keys: readonly RingKey[];
  /** An operator wants the next key without waiting for the age of the present one. */
  readonly rotation_asked_at_ms?: number | undefined;
}

export type KeyState = 'next' | 'signing' | 'accepted' | 'expired' | 'retired';

const ringShape = shape<KeyRing>({
  keys: list(
    shape<RingKey>({
      kid: text,
      x: text,
      created_at_ms: count,
      signs_from_ms: count,
      retired_at_ms: optional(count),
    }),
  ),
  rotation_asked_at_ms: optional(count),
});

export const emptyRing: KeyRing = { keys: [] };

/** Throws for what is not a ring. */
export const readRing = (json: string): KeyRing => parsed(ringShape, JSON.parse(json));

export function stateOf({ keys }: KeyRing, key: RingKey, nowMs: number): KeyState {
  if (key.retired_at_ms !== undefined) return 'retired';
  if (key.signs_from_ms > nowMs) return 'next';
  const successor = keys.find((other) => other.signs_from_ms > key.signs_from_ms);
  if (successor === undefined || successor.signs_from_ms > nowMs) return 'signing';
  return acceptedUntilMs(successor) > nowMs ? 'accepted' : 'expired';
}

/** Null: there is none yet, or it was retired. An older key does not come back in its place. */
export const signingKey = (ring: KeyRing, nowMs: number): RingKey | null =>
  ring.keys.find((key) => stateOf(ring, key, nowMs) === 'signing') ?? null;

/** A token of the next key is one whose signer's clock is ahead. */
export function isAccepted(ring: KeyRing, key: RingKey, nowMs: number): boolean {
  return ['next', 'signing', 'accepted'].includes(stateOf(ring, key, nowMs));
}

/** When the next key is to sign from, if it is time to make it. */
export function nextSignsFromMs(ring: KeyRing, nowMs: number): number | null {
  const signing = signingKey(ring, nowMs);
  if (signing === null) return nowMs;
  const isPublished = ring.keys.some((key) => stateOf(ring, key, nowMs) === 'next');
  if (isPublished) return null;
  const aheadMs = nowMs + publish_ahead_ms;
  if (ring.rotation_asked_at_ms !== undefined) return aheadMs;
  const byAgeMs = signing.signs_from_ms + rotate_after_ms;
  return byAgeMs <= aheadMs ? aheadMs : null;
}

/** What was asked for is done by it; what has been of no use for long is forgotten. */
export function withKey({ keys }: KeyRing, key: RingKey): KeyRing {
  const kept = keys.filter((_, index) => {
    const successor = keys[index + 1];
    return successor === undefined || acceptedUntilMs(successor) + forget_after_ms > key.created_at_ms;
  });
  const all = [...kept, key].toSorted((one, other) => one.signs_from_ms - other.signs_from_ms);
  return { keys: all.slice(-ring_keys_max) };
}

/** Null: there is no such key, or it was retired before. */
export function withRetired(ring: KeyRing, kid: string, nowMs: number): KeyRing | null {
  const isThere = ring.keys.some((key) => key.kid === kid && key.retired_at_ms === undefined);
  if (!isThere) return null;
  const retire = (key: RingKey): RingKey => (key.kid === kid ? { ...key, retired_at_ms: nowMs } : key);
  return { ...ring, keys: ring.keys.map(retire) };
}

/** Of the key before it. */
const acceptedUntilMs = (successor: RingKey): number =>
  successor.signs_from_ms + access_expires_s * 1_000 + clocks_differ_ms_max;
