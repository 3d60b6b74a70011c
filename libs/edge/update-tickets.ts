import { randomUUID } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import type { NatsConnection } from '@nats-io/nats-core';
import { isUuid } from '#domain/kernel/ids.js';
import { Refusal } from '#protocol/refusal.js';
import { StoreUnavailable } from '#streams/event-store.js';
import { publishOne } from '#streams/publish-one.js';
import { sha256 } from '#streams/sha256.js';
import { usedTicketSubject } from '#streams/subjects.js';
import type { VerifiedAccess } from './access-token.js';

export const ticket_expires_s = 30;
const audience = 'odnix.updates';

/**
 * Tickets for what cannot send a header, as browsers' EventSource: good for one event stream, as long as the access holds that
 * they were given for. A ticket is signed, so nothing is stored until it is used; then a hash of it is, by a write that the
 * store takes once, whichever gateway it comes from (docs/adr/0019).
 */
export class UpdateTickets {
  constructor(
    private readonly key: Uint8Array,
    private readonly nats: NatsConnection,
  ) {}

  issue(
    { identity, expiresAtMs, kid }: Omit<VerifiedAccess, 'pair'>,
    expiresInS = ticket_expires_s,
  ): Promise<string> {
    const nowS = Math.floor(Date.now() / 1_000);
    return new SignJWT({ device: identity.device_id, access_expires_ms: expiresAtMs, access_kid: kid })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(identity.user_id)
      .setAudience(audience)
      .setJti(randomUUID())
      .setExpirationTime(nowS + expiresInS)
      .sign(this.key);
  }

  /** Once. UNAUTHENTICATED for what is none, or expired, or was used; throws StoreUnavailable when that cannot be told. */
  async redeem(ticket: string): Promise<Omit<VerifiedAccess, 'pair'>> {
    const access = await this.read(ticket);
    if (access === null) throw new Refusal('UNAUTHENTICATED');
    const subject = usedTicketSubject(Buffer.from(sha256(ticket)).toString('hex'));
    const mark = { subject, data: new Uint8Array(), expectedLastSubjectSequence: 0 };
    const marked = await publishOne(this.nats, mark);
    if (marked.ok) return access;
    if (marked.reason === 'conflict') throw new Refusal('UNAUTHENTICATED');
    throw new StoreUnavailable(`a ticket could not be marked as used: ${marked.reason}`);
  }

  private async read(ticket: string) {
    const verified = await jwtVerify(ticket, this.key, {
      algorithms: ['HS256'],
      audience,
      requiredClaims: ['sub', 'exp', 'jti'],
    }).catch(() => null);
    const { sub, device, access_expires_ms: expiresAtMs, access_kid: kid } = verified?.payload ?? {};
    if (!isUuid(sub) || !isUuid(device) || typeof expiresAtMs !== 'number' || typeof kid !== 'string')
      return null;
    return { identity: { user_id: sub, device_id: device }, expiresAtMs, kid };
  }
}
