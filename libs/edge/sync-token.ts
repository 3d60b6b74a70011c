import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto';

/**
 * The sync token: a place in one user's log, bound to the user and authenticated. Frozen (docs/adr/0002).
 *
 *   byte  0      version, 1
 *         1      key id
 *         2..17  user id (the UUID's bytes)
 *        18..21  epoch of the log, unsigned, big endian
 *        22..29  pts
 *        30..37  sequence of that entry in its USER stream (a hint; 0 when pts is 0)
 *        38..45  first eight bytes of the log's running hash at pts
 *        46..61  HMAC-SHA-256 over bytes 0..45, truncated to 16
 *
 * as base64url: 83 characters. It holds no secret: authenticity, not secrecy, is what it needs.
 */
export interface SyncPosition {
  readonly userId: string;
  readonly epoch: number;
  readonly pts: number;
  readonly sequence: number;
  /** Base64url of the running hash, or of its first eight bytes: only these are compared. */
  readonly hash: string;
}

const signed_bytes = 46;
const token_bytes = 62;

export interface SyncTokenKeys {
  readonly current: number;
  readonly keys: ReadonlyMap<number, KeyObject | Uint8Array>;
}

export function encodeSyncToken(keys: SyncTokenKeys, position: SyncPosition): string {
  const bytes = Buffer.alloc(token_bytes);
  bytes[0] = 1;
  bytes[1] = keys.current;
  bytes.write(position.userId.replaceAll('-', ''), 2, 'hex');
  bytes.writeUInt32BE(position.epoch, 18);
  bytes.writeBigUInt64BE(BigInt(position.pts), 22);
  bytes.writeBigUInt64BE(BigInt(position.sequence), 30);
  Buffer.from(position.hash, 'base64url').copy(bytes, 38, 0, 8);
  macOf(keys.keys.get(keys.current)!, bytes).copy(bytes, signed_bytes);
  return bytes.toString('base64url');
}

/** The position, or null for what this server (or this user's) keys did not make. */
export function decodeSyncToken(keys: SyncTokenKeys, userId: string, token: string): SyncPosition | null {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length !== token_bytes || bytes[0] !== 1 || bytes.toString('base64url') !== token) return null;
  const key = keys.keys.get(bytes[1]!);
  if (!key || !timingSafeEqual(macOf(key, bytes), bytes.subarray(signed_bytes))) return null;
  if (bytes.toString('hex', 2, 18) !== userId.replaceAll('-', '')) return null;
  return {
    userId,
    epoch: bytes.readUInt32BE(18),
    pts: Number(bytes.readBigUInt64BE(22)),
    sequence: Number(bytes.readBigUInt64BE(30)),
    hash: bytes.toString('base64url', 38, 46),
  };
}

const macOf = (key: KeyObject | Uint8Array, bytes: Buffer): Buffer =>
  createHmac('sha256', key).update(bytes.subarray(0, signed_bytes)).digest().subarray(0, 16);
