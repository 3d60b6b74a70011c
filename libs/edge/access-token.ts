import type { KeyObject } from 'node:crypto';
import { jwtVerify, SignJWT, type JWTHeaderParameters } from 'jose';
import { isUuid } from '#domain/kernel/ids.js';
import type { Identity } from '#streams/requests.js';
import {
  access_algorithm,
  access_audience,
  access_expires_s,
  access_issuer,
  access_type,
} from './access-claims.js';
import type { AccessKeys } from './access-keys.js';

/** By so much the clock of whoever checks may be behind. At the end no leeway is needed: clients renew long before it. */
const leeway_s = 5;
const header_fields = ['alg', 'kid', 'typ'];

export interface VerifiedAccess {
  readonly identity: Identity;
  readonly expiresAtMs: number;
  /** Of the key that signed it. */
  readonly kid: string;
  /** Names the refresh token that came with it; absent in the first pair of a device, which replaces none. */
  readonly pair?: string;
}

export interface AccessSigner {
  sign(identity: Identity, more?: { readonly expiresInS?: number; readonly pair?: string }): Promise<string>;
}

/** An access token: a JWT that says which user and device calls, for `access_expires_s`. */
export function signAccessToken(
  { kid, privateKey }: { readonly kid: string; readonly privateKey: KeyObject },
  { user_id, device_id }: Identity,
  { expiresInS = access_expires_s, pair }: { readonly expiresInS?: number; readonly pair?: string } = {},
): Promise<string> {
  const nowS = Math.floor(Date.now() / 1_000);
  return new SignJWT({ device: device_id, ...(pair === undefined ? {} : { pair }) })
    .setProtectedHeader({ alg: access_algorithm, kid, typ: access_type })
    .setSubject(user_id)
    .setIssuer(access_issuer)
    .setAudience(access_audience)
    .setIssuedAt(nowS)
    .setNotBefore(nowS - leeway_s)
    .setExpirationTime(nowS + expiresInS)
    .sign(privateKey);
}

/**
 * Checks access tokens: one algorithm, one type, a key that the ring holds under the name that the token gives, and no header
 * that brings a key along or tells where to get one.
 */
export class AccessTokens {
  constructor(private readonly keys: Pick<AccessKeys, 'publicKey'>) {}

  /** Null for whatever is not a token of ours that still holds. */
  async verify(token: string): Promise<VerifiedAccess | null> {
    try {
      const { payload, protectedHeader } = await jwtVerify(token, (header) => this.keyFor(header), {
        algorithms: [access_algorithm],
        typ: access_type,
        issuer: access_issuer,
        audience: access_audience,
        requiredClaims: ['sub', 'exp', 'nbf', 'iat', 'device'],
      });
      const { sub, device, exp, pair } = payload;
      if (!isUuid(sub) || !isUuid(device) || exp === undefined) return null;
      return {
        identity: { user_id: sub, device_id: device },
        expiresAtMs: exp * 1_000,
        kid: protectedHeader.kid!,
        ...(typeof pair === 'string' ? { pair } : {}),
      };
    } catch {
      return null;
    }
  }

  private async keyFor(header: JWTHeaderParameters): Promise<KeyObject> {
    const isPlain = Object.keys(header).every((field) => header_fields.includes(field));
    const key = isPlain && typeof header.kid === 'string' ? await this.keys.publicKey(header.kid) : null;
    if (key === null) throw new Error('no key of ours');
    return key;
  }
}
