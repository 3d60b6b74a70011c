import type { Environment } from './environment.js';

/**
 * The server's time, as far as its answers tell: idempotency keys are made from it, since this machine's clock may be
 * wrong. The estimate is late by the answer's way, never ahead.
 */
export class ServerClock {
  #offsetMs = 0;

  constructor(private readonly environment: Environment) {}

  observe(serverTimeMs: number): void {
    this.#offsetMs = serverTimeMs - this.environment.nowMs();
  }

  nowMs(): number {
    return this.environment.nowMs() + this.#offsetMs;
  }

  /** A UUIDv7 (RFC 9562) of this moment. */
  newId(): string {
    const bytes = this.environment.randomBytes(16);
    const time = Math.max(0, Math.floor(this.nowMs())).toString(16).padStart(12, '0');
    bytes[6] = (bytes[6]! & 0x0f) | 0x70;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    const hex = time + Array.from(bytes.subarray(6), (byte) => byte.toString(16).padStart(2, '0')).join('');
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  }
}
