import { list, shape, text } from '#domain/kernel/check.js';

/** Told on plain NATS, at most once, after it was stored: these devices of a user are signed out. */
export interface DevicesRevoked {
  readonly user_id: string;
  readonly device_ids: readonly string[];
  readonly reason: string;
}

const check = shape<DevicesRevoked>({ user_id: text, device_ids: list(text), reason: text });

/** Null for what is none. */
export function readDevicesRevoked(json: string): DevicesRevoked | null {
  try {
    const value: unknown = JSON.parse(json);
    return check(value) === null ? (value as DevicesRevoked) : null;
  } catch {
    return null;
  }
}
