import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, jwtVerify, SignJWT, type JWK } from 'jose';
import { isUuid } from '#domain/kernel/ids.js';
import type { Identity } from '#streams/requests.js';

export const access_expires_s = 900;
const issuer = 'odnix';
const audience = 'odnix';
/** The DER of a PKCS #8 Ed25519 key up to its seed (RFC 8410). */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

export interface VerifiedAccess {
  readonly identity: Identity;
  readonly expiresAtMs: number;
  /** Names the refresh token that came with it; absent in the first pair of a device, which replaces none. */
  readonly pair?: string;
}

/** Access tokens: JWTs (EdDSA) that say which user and device calls, for `access_expires_s`. */
export class AccessTokens {
  private constructor(
    private readonly privateKey: KeyObject,
    private readonly publicKey: KeyObject,
    private readonly publicJwk: JWK,
  ) {}

  /** `seed`: 32 bytes, the same in every process. */
  static async fromSeed(seed: Uint8Array): Promise<AccessTokens> {
    const der = Buffer.concat([pkcs8Prefix, seed]);
    const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    const publicKey = createPublicKey(privateKey);
    const jwk = await exportJWK(publicKey);
    const kid = await calculateJwkThumbprint(jwk);
    return new AccessTokens(privateKey, publicKey, { ...jwk, kid, alg: 'EdDSA', use: 'sig' });
  }

  sign(
    { user_id, device_id }: Identity,
    { expiresInS = access_expires_s, pair }: { expiresInS?: number; pair?: string } = {},
  ): Promise<string> {
    const nowS = Math.floor(Date.now() / 1_000);
    return new SignJWT({ device: device_id, ...(pair === undefined ? {} : { pair }) })
      .setProtectedHeader({ alg: 'EdDSA', kid: this.publicJwk.kid!, typ: 'JWT' })
      .setSubject(user_id)
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt(nowS)
      .setExpirationTime(nowS + expiresInS)
      .sign(this.privateKey);
  }

  /** Null for whatever is not a token of ours that still holds. */
  async verify(token: string): Promise<VerifiedAccess | null> {
    try {
      const { payload } = await jwtVerify(token, this.publicKey, {
        algorithms: ['EdDSA'],
        issuer,
        audience,
        requiredClaims: ['sub', 'exp', 'iat', 'device'],
      });
      const { sub, device, exp, pair } = payload;
      if (!isUuid(sub) || !isUuid(device) || exp === undefined) return null;
      return {
        identity: { user_id: sub, device_id: device },
        expiresAtMs: exp * 1_000,
        ...(typeof pair === 'string' ? { pair } : {}),
      };
    } catch {
      return null;
    }
  }

  /** What `/v1/auth/jwks.json` answers. */
  jwks(): { readonly keys: readonly JWK[] } {
    return { keys: [this.publicJwk] };
  }
}
