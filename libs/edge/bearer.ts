import { Refusal } from '#protocol/refusal.js';
import type { AccessTokens, VerifiedAccess } from './access-token.js';
import type { SignedInDevices } from './signed-in-devices.js';

/** Who calls, by `Authorization: Bearer`; the device must be signed in now, whatever the token says. */
export class Bearer {
  constructor(
    private readonly access: AccessTokens,
    private readonly devices: SignedInDevices,
  ) {}

  async verify(authorization: string | undefined): Promise<VerifiedAccess> {
    const token = /^Bearer ([A-Za-z0-9_.-]{1,2048})$/i.exec(authorization ?? '')?.[1];
    const verified = token === undefined ? null : await this.access.verify(token);
    if (verified === null) throw new Refusal('UNAUTHENTICATED');
    if (!(await this.devices.has(verified.identity))) throw new Refusal('DEVICE_REVOKED');
    return verified;
  }
}
