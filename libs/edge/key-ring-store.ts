import type { NatsConnection } from '@nats-io/nats-core';
import { DirectGet } from '#streams/direct-get.js';
import { StoreUnavailable } from '#streams/event-store.js';
import { publishOne } from '#streams/publish-one.js';
import { accessKeysSubject, access_keys_stream, keysChangedSubject } from '#streams/subjects.js';
import { emptyRing, readRing, type KeyRing } from './key-ring.js';

const attempts_max = 10;

/**
 * Where the ring of access keys is kept: one message in NATS, which everybody who checks tokens asks for anyway (docs/adr/0031).
 * Reads ask the stream's leader; a change is stored on condition that nobody changed it since it was read, and told.
 */
export class KeyRingStore {
  private readonly direct: DirectGet;

  constructor(private readonly nats: NatsConnection) {
    this.direct = new DirectGet(nats);
  }

  /** Throws StoreUnavailable. */
  async read(): Promise<KeyRing> {
    return (await this.stored()).ring;
  }

  /** `change` is asked again when somebody else came first; null: there is nothing to change. Resolves with what stands then. */
  async change(change: (ring: KeyRing) => KeyRing | null): Promise<KeyRing> {
    for (let attempt = 0; attempt < attempts_max; attempt++) {
      const { ring, sequence } = await this.stored();
      const changed = change(ring);
      if (changed === null) return ring;
      const data = Buffer.from(JSON.stringify(changed));
      const message = { subject: accessKeysSubject, data, expectedLastSubjectSequence: sequence };
      if (!(await publishOne(this.nats, message)).ok) continue;
      this.nats.publish(keysChangedSubject);
      return changed;
    }
    throw new StoreUnavailable('the ring of access keys could not be changed');
  }

  private async stored(): Promise<{ readonly ring: KeyRing; readonly sequence: number }> {
    const last = await this.direct.getLastBySubject(access_keys_stream, accessKeysSubject, { leader: true });
    if (last === null) return { ring: emptyRing, sequence: 0 };
    return { ring: readRing(Buffer.from(last.data).toString()), sequence: last.sequence };
  }
}
