import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { NatsConnection } from '@nats-io/nats-core';
import { calculateJwkThumbprint } from 'jose';
import type { AccessKeys } from '#edge/access-keys.js';
import { signAccessToken, type AccessSigner } from '#edge/access-token.js';
import { nextSignsFromMs, signingKey, stateOf, withKey, type KeyRing } from '#edge/key-ring.js';
import { StoreUnavailable } from '#streams/event-store.js';
import type { Identity } from '#streams/requests.js';
import { PrivateKeys } from './private-keys.js';

/** How often it is looked whether it is time for the next key. */
const tend_ms = 60_000;
const generate = promisify(generateKeyPair);

/**
 * The keys that sign access tokens: made here, a while before each signs, and destroyed when it signs no more. Any number of api
 * processes may do so at once, since the ring takes one of two changes that were made of the same state.
 */
export class SigningKeys implements AccessSigner {
  private readonly open = new Map<string, KeyObject>();
  private readonly destroyed = new Set<string>();
  private tending: Promise<void> | null = null;
  private readonly timer: NodeJS.Timeout;

  private constructor(
    private readonly keys: AccessKeys,
    private readonly privateKeys: PrivateKeys,
    private readonly onFailure: (error: unknown) => void,
  ) {
    this.timer = setInterval(() => this.tendSoon(), tend_ms).unref();
    keys.listeners.add(this.tendSoon);
  }

  /** `sealKey`: 32 bytes, the same in every api. */
  static async start(
    nats: NatsConnection,
    keys: AccessKeys,
    sealKey: Uint8Array,
    onFailure: (error: unknown) => void,
  ): Promise<SigningKeys> {
    const signing = new SigningKeys(keys, new PrivateKeys(nats, sealKey), onFailure);
    await signing.tend().catch(onFailure);
    return signing;
  }

  async sign(
    identity: Identity,
    more: { readonly expiresInS?: number; readonly pair?: string } = {},
  ): Promise<string> {
    return signAccessToken(await this.current(), identity, more);
  }

  close(): void {
    clearInterval(this.timer);
    this.keys.listeners.delete(this.tendSoon);
  }

  private async current(): Promise<{ readonly kid: string; readonly privateKey: KeyObject }> {
    const usable = await this.usable();
    if (usable !== null) return usable;
    await this.tend(true);
    const made = await this.usable();
    if (made === null) throw new StoreUnavailable('there is no key to sign access tokens with');
    return made;
  }

  /** Null: none signs, or it cannot be opened (it was sealed under another secret, or is gone). */
  private async usable() {
    const key = signingKey(this.keys.ring, Date.now());
    if (key === null) return null;
    const privateKey = this.open.get(key.kid) ?? (await this.privateKeys.load(key.kid));
    if (privateKey === null) return null;
    this.open.set(key.kid, privateKey);
    return { kid: key.kid, privateKey };
  }

  private readonly tendSoon = (): void => {
    this.tending ??= this.tend()
      .catch(this.onFailure)
      .finally(() => (this.tending = null));
  };

  /** `isNone`: the key that should sign cannot, so one is made that signs from now on. */
  private async tend(isNone = false): Promise<void> {
    const dueMs = (ring: KeyRing, nowMs: number) => (isNone ? nowMs : nextSignsFromMs(ring, nowMs));
    await this.keys.look();
    if (dueMs(this.keys.ring, Date.now()) !== null) await this.makeKey(dueMs);
    for (const key of this.keys.ring.keys) {
      const isOver = !['next', 'signing'].includes(stateOf(this.keys.ring, key, Date.now()));
      if (isOver && !this.destroyed.has(key.kid)) await this.destroy(key.kid);
    }
  }

  /** The private half is stored before anybody is told of the key. */
  private async makeKey(dueMs: (ring: KeyRing, nowMs: number) => number | null): Promise<void> {
    const { publicKey, privateKey } = await generate('ed25519');
    const jwk = publicKey.export({ format: 'jwk' });
    const kid = await calculateJwkThumbprint(jwk as { kty: string; crv: string; x: string });
    await this.privateKeys.store(kid, privateKey);
    const ring = await this.keys.store.change((before) => {
      const nowMs = Date.now();
      const signs_from_ms = dueMs(before, nowMs);
      return signs_from_ms === null
        ? null
        : withKey(before, { kid, x: jwk.x!, created_at_ms: nowMs, signs_from_ms });
    });
    if (ring.keys.some((key) => key.kid === kid)) this.open.set(kid, privateKey);
    else await this.privateKeys.destroy(kid);
    await this.keys.look();
  }

  private async destroy(kid: string): Promise<void> {
    await this.privateKeys.destroy(kid);
    this.open.delete(kid);
    this.destroyed.add(kid);
  }
}
