import { createPublicKey, type KeyObject } from 'node:crypto';
import type { NatsConnection, Subscription } from '@nats-io/nats-core';
import type { JWK } from 'jose';
import { keysChangedSubject } from '#streams/subjects.js';
import { emptyRing, isAccepted, type KeyRing } from './key-ring.js';
import { KeyRingStore } from './key-ring-store.js';

/** Whatever was told, or was not: so old is what a process knows at most, as long as NATS answers. */
const look_again_ms = 5_000;
/** Strangers can name keys that nobody has: a look for those is shared, and not repeated at once. */
const look_for_unknown_ms = 1_000;

export type KeysListener = (ring: KeyRing) => void;

/** The keys that access tokens are checked with, as this process knows them: told of changes, and looked at again and again. */
export class AccessKeys {
  readonly store: KeyRingStore;
  readonly listeners = new Set<KeysListener>();
  private known: KeyRing = emptyRing;
  private text = '';
  private lookedAtMs = -Infinity;
  private looking: Promise<void> | null = null;
  private next: Promise<void> | null = null;
  private readonly publicKeys = new Map<string, KeyObject>();
  private readonly subscription: Subscription;
  private readonly timer: NodeJS.Timeout;

  private constructor(
    nats: NatsConnection,
    private readonly onFailure: (error: unknown) => void,
    lookAgainMs: number,
  ) {
    this.store = new KeyRingStore(nats);
    const look = () => void this.look().catch(onFailure);
    this.subscription = nats.subscribe(keysChangedSubject, { callback: look });
    this.timer = setInterval(look, lookAgainMs).unref();
  }

  /** What cannot be read yet is read as soon as it can be: until then no token is accepted. */
  static async open(
    nats: NatsConnection,
    onFailure: (error: unknown) => void,
    lookAgainMs = look_again_ms,
  ): Promise<AccessKeys> {
    const keys = new AccessKeys(nats, onFailure, lookAgainMs);
    await keys.look().catch(onFailure);
    return keys;
  }

  get ring(): KeyRing {
    return this.known;
  }

  /** Null: no such key, or its tokens are not accepted (any more). */
  async publicKey(kid: string): Promise<KeyObject | null> {
    if (this.find(kid) === undefined) await this.lookForUnknown();
    const key = this.find(kid);
    if (key === undefined || !isAccepted(this.known, key, Date.now())) return null;
    const made = this.publicKeys.get(kid) ?? createPublicKey({ key: jwkOf(key), format: 'jwk' });
    this.publicKeys.set(kid, made);
    return made;
  }

  accepts(kid: string): boolean {
    const key = this.find(kid);
    return key !== undefined && isAccepted(this.known, key, Date.now());
  }

  /** RFC 7517: those that sign, will sign, or may have signed what still lives. */
  jwks(): { readonly keys: readonly JWK[] } {
    const accepted = this.known.keys.filter((key) => isAccepted(this.known, key, Date.now()));
    return { keys: accepted.map((key) => ({ ...jwkOf(key), kid: key.kid, alg: 'EdDSA', use: 'sig' })) };
  }

  /** Reads what stands now. One read at a time; all who come while one is under way share the next. */
  look(): Promise<void> {
    if (this.looking === null) return (this.looking = this.read().finally(() => (this.looking = null)));
    this.next ??= this.looking
      .catch(() => undefined)
      .then(() => {
        this.next = null;
        return this.look();
      });
    return this.next;
  }

  close(): void {
    clearInterval(this.timer);
    this.subscription.unsubscribe();
    this.listeners.clear();
  }

  private async read(): Promise<void> {
    this.lookedAtMs = performance.now();
    const ring = await this.store.read();
    const text = JSON.stringify(ring);
    if (text === this.text) return;
    this.text = text;
    this.known = ring;
    for (const kid of this.publicKeys.keys()) if (this.find(kid) === undefined) this.publicKeys.delete(kid);
    for (const listener of this.listeners) listener(ring);
  }

  private async lookForUnknown(): Promise<void> {
    const isRecent = performance.now() - this.lookedAtMs < look_for_unknown_ms;
    if (isRecent && this.looking === null) return;
    await (this.looking ?? this.look()).catch(this.onFailure);
  }

  private find(kid: string) {
    return this.known.keys.find((key) => key.kid === kid);
  }
}

const jwkOf = ({ x }: { readonly x: string }) => ({ kty: 'OKP', crv: 'Ed25519', x });
