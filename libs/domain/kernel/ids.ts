import type { Sha256 } from './hashing.js';

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** A UUID in lower-case text, any version. */
export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && uuidPattern.test(value);
}

/** The milliseconds that a UUIDv7 carries, or null when it is of another version. */
export function uuidV7TimeMs(id: string): number | null {
  return id[14] === '7' ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : null;
}

/** The id of the one direct chat of two people, the same whoever asks (UUID version 8 over the sorted pair). */
export function directChatId(sha256: Sha256, one: string, other: string): string {
  const [first, second] = [one, other].sort();
  return derivedUuid(sha256(`odnix.direct-chat:${first}:${second}`));
}

/** The id of the chat that this request of this user creates: repeating the request meets the same chat. */
export function requestedChatId(sha256: Sha256, userId: string, clientRequestId: string): string {
  return derivedUuid(sha256(`odnix.requested-chat:${userId}:${clientRequestId}`));
}

function derivedUuid(hash: Uint8Array): string {
  const bytes = hash.slice(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
