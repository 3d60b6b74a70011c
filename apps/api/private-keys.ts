import { createCipheriv, createDecipheriv, createPrivateKey, randomBytes, type KeyObject } from 'node:crypto';
import type { NatsConnection } from '@nats-io/nats-core';
import { DirectGet } from '#streams/direct-get.js';
import { StoreUnavailable } from '#streams/event-store.js';
import { publishOne } from '#streams/publish-one.js';
import { signingKeySubject, signing_keys_stream } from '#streams/subjects.js';

const cipher = 'aes-256-gcm';
const nonce_bytes = 12;
const tag_bytes = 16;
const deleted = { 'KV-Operation': 'DEL' };

/**
 * The private halves of access keys, each sealed (AES-256-GCM, bound to its name) under a key that the common secret makes: of no
 * use to who has the store alone, or the secret alone.
 */
export class PrivateKeys {
  private readonly direct: DirectGet;

  constructor(
    private readonly nats: NatsConnection,
    private readonly sealKey: Uint8Array,
  ) {
    this.direct = new DirectGet(nats);
  }

  store(kid: string, privateKey: KeyObject): Promise<void> {
    const nonce = randomBytes(nonce_bytes);
    const sealing = createCipheriv(cipher, this.sealKey, nonce, { authTagLength: tag_bytes });
    sealing.setAAD(Buffer.from(kid));
    const der = privateKey.export({ format: 'der', type: 'pkcs8' });
    const sealed = Buffer.concat([sealing.update(der), sealing.final()]);
    return this.put(kid, Buffer.concat([nonce, sealing.getAuthTag(), sealed]));
  }

  /** Null: it is not there, or was sealed under another secret. Throws StoreUnavailable. */
  async load(kid: string): Promise<KeyObject | null> {
    const subject = signingKeySubject(kid);
    const last = await this.direct.getLastBySubject(signing_keys_stream, subject, { leader: true });
    if (last === null || last.data.length <= nonce_bytes + tag_bytes) return null;
    const [nonce, tag] = [
      last.data.subarray(0, nonce_bytes),
      last.data.subarray(nonce_bytes, nonce_bytes + tag_bytes),
    ];
    const opening = createDecipheriv(cipher, this.sealKey, nonce, { authTagLength: tag_bytes });
    opening.setAAD(Buffer.from(kid)).setAuthTag(tag);
    try {
      const der = Buffer.concat([
        opening.update(last.data.subarray(nonce_bytes + tag_bytes)),
        opening.final(),
      ]);
      return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    } catch {
      return null;
    }
  }

  /** The bucket keeps one message a key: the mark takes the place of what was sealed. */
  destroy(kid: string): Promise<void> {
    return this.put(kid, new Uint8Array(), deleted);
  }

  private async put(kid: string, data: Uint8Array, headers: Readonly<Record<string, string>> = {}) {
    const stored = await publishOne(this.nats, { subject: signingKeySubject(kid), data, headers });
    if (!stored.ok) throw new StoreUnavailable(`a signing key could not be stored: ${stored.reason}`);
  }
}
