/** What an idempotency key is, and when it may be trusted without a look-up (docs/adr/0003). */
import { createHash, type KeyObject } from 'node:crypto';
import { canonicalJson } from '#domain/kernel/canonical-json.js';
import type { RequestMark } from '#domain/kernel/decision.js';
import { uuidV7TimeMs } from '#domain/kernel/ids.js';
import { keyedHash } from '#edge/secrets.js';

/** Made less than this ago: whatever it led to is in the chat's recent run or in the store's duplicate window. */
const fresh_key_ms_max = 60_000;
/** Further ahead than clocks may differ: the duplicate window would be over before the key is old. */
const key_ahead_ms_max = 30_000;

export type KeyAge = 'fresh' | 'old' | 'ahead';

/** A key that tells no time is old. */
export function keyAge(key: string, nowMs: number): KeyAge {
  const madeAtMs = uuidV7TimeMs(key);
  if (madeAtMs === null) return 'old';
  if (madeAtMs - nowMs > key_ahead_ms_max) return 'ahead';
  return nowMs - madeAtMs < fresh_key_ms_max ? 'fresh' : 'old';
}

/** The key and a keyed hash of everything else: the same key with another body is a mistake that must be told. */
export function requestMark(
  hashKey: KeyObject,
  keyField: 'client_msg_id' | 'client_request_id',
  method: string,
  params: Readonly<Record<string, unknown>>,
): RequestMark | undefined {
  const { [keyField]: id, ...body } = params;
  if (typeof id !== 'string') return undefined;
  return { id, hash: keyedHash(hashKey, canonicalJson([method, body])) };
}

/**
 * What the store knows a decision by: of fixed length, whatever the parts are; unique by (user, aggregate, key). Where the
 * client gave no key, the command's own id stands for it: the edge asks again, with the same id, when a handler died.
 */
export const messageIdOf = (userId: string, aggregateId: string, key: string): string =>
  createHash('sha256').update(`${userId}:${aggregateId}:${key}`).digest('base64url');
