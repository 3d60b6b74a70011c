import { createHmac, hkdfSync } from 'node:crypto';

/**
 * Every key of the system, derived (HKDF-SHA-256) from the one secret of 32 bytes that all its processes are given.
 * Each has one purpose, so that none can stand in for another.
 */
export interface Secrets {
  /** MACs of sync tokens. */
  readonly syncToken: Uint8Array;
  /** Keyed hashes of request bodies (idempotency mismatch). */
  readonly requestHash: Uint8Array;
  /** Keyed hashes of phone numbers. */
  readonly phoneHash: Uint8Array;
  /** Seed of the Ed25519 key that signs access tokens. */
  readonly accessToken: Uint8Array;
  /** Keyed hashes of one-time codes and refresh tokens. */
  readonly credentialHash: Uint8Array;
  /** Signs tickets for event streams. */
  readonly updateTicket: Uint8Array;
}

export function deriveSecrets(secret: Uint8Array): Secrets {
  const derive = (purpose: string) => new Uint8Array(hkdfSync('sha256', secret, 'odnix.v1', purpose, 32));
  return {
    syncToken: derive('sync-token'),
    requestHash: derive('request-hash'),
    phoneHash: derive('phone-hash'),
    accessToken: derive('access-token'),
    credentialHash: derive('credential-hash'),
    updateTicket: derive('update-ticket'),
  };
}

/** HMAC-SHA-256 as 64 hex digits. */
export const keyedHash = (key: Uint8Array, text: string): string =>
  createHmac('sha256', key).update(text).digest('hex');
