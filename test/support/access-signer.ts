import type { NatsConnection } from '@nats-io/nats-core';
import { AccessKeys } from '#edge/access-keys.js';
import type { AccessSigner } from '#edge/access-token.js';
import type { Secrets } from '#edge/secrets.js';
import { SigningKeys } from '../../apps/api/signing-keys.js';

/** Signs access tokens as an api does, for what is tried or measured without one. */
export async function accessSigner(
  nc: NatsConnection,
  { signingKeySeal }: Pick<Secrets, 'signingKeySeal'>,
): Promise<AccessSigner> {
  const failed = (error: unknown) => {
    if (!nc.isClosed()) throw error;
  };
  return SigningKeys.start(nc, await AccessKeys.open(nc, failed), signingKeySeal, failed);
}
