import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import type { SyncTokenKeySetting } from '#process/settings-table.js';
import type { SyncTokenKeys } from './sync-token.js';

/**
 * Every key of the system, derived (HKDF-SHA-256) from the one secret of 32 bytes that all its processes are given.
 * Each has one purpose, so that none can stand in for another. Keys of MACs are made here, once: of raw bytes one would be made for
 * every MAC, which takes five times as long as the MAC (9 and 1.5 µs).
 */
export interface Secrets {
  /** MACs of sync tokens. */
  readonly syncToken: SyncTokenKeys;
  /** Keyed hashes of request bodies (idempotency mismatch). */
  readonly requestHash: KeyObject;
  /** Keyed hashes of phone numbers. */
  readonly phoneHash: KeyObject;
  /** Seals the private keys that sign access tokens. */
  readonly signingKeySeal: Uint8Array;
  /** Keyed hashes of one-time codes and refresh tokens. */
  readonly credentialHash: KeyObject;
  /** Signs tickets for event streams. */
  readonly updateTicket: Uint8Array;
}

const own_key: readonly SyncTokenKeySetting[] = [{ id: 1, secret: null }];

/** `syncTokenKeys`: the current one first. */
export function deriveSecrets(
  secret: Uint8Array,
  syncTokenKeys: readonly SyncTokenKeySetting[] = own_key,
): Secrets {
  const derive = (purpose: string) => deriveKey(secret, purpose);
  const keyOf = (purpose: string) => createSecretKey(derive(purpose));
  return {
    syncToken: syncTokenKeysOf(secret, syncTokenKeys),
    requestHash: keyOf('request-hash'),
    phoneHash: keyOf('phone-hash'),
    signingKeySeal: derive('signing-key-seal'),
    credentialHash: keyOf('credential-hash'),
    updateTicket: derive('update-ticket'),
  };
}

function syncTokenKeysOf(common: Uint8Array, settings: readonly SyncTokenKeySetting[]): SyncTokenKeys {
  const keys = settings.map(({ id, secret }) => {
    const from = secret === null ? common : Buffer.from(secret, 'base64url');
    return [id, createSecretKey(deriveKey(from, 'sync-token'))] as const;
  });
  return { current: settings[0]!.id, keys: new Map(keys) };
}

const deriveKey = (secret: Uint8Array, purpose: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', secret, 'odnix.v1', purpose, 32));

/** HMAC-SHA-256 as 64 hex digits. */
export const keyedHash = (key: KeyObject, text: string): string =>
  createHmac('sha256', key).update(text).digest('hex');
