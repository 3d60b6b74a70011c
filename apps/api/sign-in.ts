import { v7 as uuidV7 } from 'uuid';
import { parsePhoneNumberFromString } from 'libphonenumber-js';
import { access_expires_s } from '#edge/access-claims.js';
import type { AccessSigner } from '#edge/access-token.js';
import type { DeviceRevoked, DeviceType } from '#domain/account/events.js';
import { replied, type Ask } from '#edge/ask.js';
import { Refusal } from '#protocol/refusal.js';
import type { SignedInDevices } from '#edge/signed-in-devices.js';
import type {
  OtpRequestAnswer,
  OtpRequestBody,
  OtpVerifyAnswer,
  OtpVerifyBody,
  TokenPair,
} from '#protocol/auth.js';
import type { AccountRegisterResult, PhoneClaimResult } from '#protocol/internal-requests.js';
import type { Identity } from '#streams/requests.js';
import type { CallerOrigin } from './caller-origin.js';
import { deviceToReplace } from './device-to-replace.js';
import type { PhoneCodes } from './phone-codes.js';
import type { RefreshTokens } from './refresh-tokens.js';

export interface SignInParts {
  readonly ask: Ask;
  readonly access: AccessSigner;
  readonly devices: SignedInDevices;
  readonly codes: PhoneCodes;
  readonly refreshTokens: RefreshTokens;
  readonly nodeEnv: string;
}

const fallback_display_name = 'New user';

/**
 * From a phone to a device that is signed in: code, phone claim, account, device. Each step is idempotent and looks at
 * what there is, so that an attempt that ended in between is finished by the next.
 */
export class SignIn {
  constructor(private readonly parts: SignInParts) {}

  /** The same answer, and the same work, whether anybody has this phone or not. */
  async requestCode({ phone }: OtpRequestBody, origin: CallerOrigin): Promise<OtpRequestAnswer> {
    this.mustBePossible(phone);
    return this.parts.codes.request(phone, origin);
  }

  async verify(
    { phone, code, device, display_name }: OtpVerifyBody,
    origin: CallerOrigin,
  ): Promise<OtpVerifyAnswer> {
    const spent = await this.parts.codes.spend(phone, code, origin);
    try {
      const { userId, isNew } = await this.accountOf(spent.phoneHash, display_name ?? fallback_display_name);
      const identity = { user_id: userId, device_id: uuidV7() };
      const pair = await this.withRoom(identity, () => this.letIn(identity, device, identity));
      return { ...pair, ...identity, new_user: isNew };
    } catch (error) {
      // Not the caller's fault: the same code will do when they try again.
      await this.parts.codes.putBack(spent);
      throw error;
    }
  }

  /** The phone decides whose account it is: a claim without an account is one whose sign-in ended half-way. */
  private async accountOf(
    phoneHash: string,
    displayName: string,
  ): Promise<{ userId: string; isNew: boolean }> {
    const candidate = { user_id: uuidV7(), device_id: uuidV7() };
    const claim = { phone_hash: phoneHash, user_id: candidate.user_id };
    const claimed = await this.command(candidate, phoneHash, 'phone.claim', claim);
    const { user_id } = claimed as unknown as PhoneClaimResult;
    const asOwner = { ...candidate, user_id };
    const profile = { phone_hash: phoneHash, display_name: displayName };
    const registered = await this.command(asOwner, user_id, 'account.register', profile);
    return { userId: user_id, isNew: (registered as unknown as AccountRegisterResult).registered };
  }

  /** Adds the device, unless it is there, and answers its first tokens; those that it had before are void. */
  async letIn(
    identity: Identity,
    device: { readonly name: string; readonly type: DeviceType },
    by: Identity,
  ): Promise<TokenPair> {
    const params = { device_id: identity.device_id, ...device };
    await this.command(by, identity.user_id, 'account.addDevice', params);
    await this.parts.refreshTokens.forget(identity.device_id);
    return this.firstPair(identity);
  }

  /** A code that is right always lets in, in the end: who has lost all devices has none to sign another out with. */
  private async withRoom<T>({ user_id }: Identity, letIn: () => Promise<T>): Promise<T> {
    try {
      return await letIn();
    } catch (error) {
      if (!(error instanceof Refusal) || error.error.code !== 'DEVICE_LIMIT') throw error;
      const { devices, refreshTokens } = this.parts;
      const present = await devices.of(user_id);
      const chosen = deviceToReplace(present, await refreshTokens.activityOf(user_id), Date.now());
      if (!('device_id' in chosen))
        throw new Refusal('DEVICE_LIMIT', { details: { ...error.error.details, ...chosen } });
      await this.revoke({ user_id, device_id: chosen.device_id }, 'replaced');
      return letIn();
    }
  }

  /** A device that was not used for a month. */
  takeOutIdle(identity: Identity): Promise<void> {
    return this.revoke(identity, 'idle');
  }

  /** Signs a device out that may be in foreign hands. */
  takeOut(identity: Identity): Promise<void> {
    return this.revoke(identity, 'revoked');
  }

  async refresh(token: string): Promise<TokenPair> {
    const rotation = await this.parts.refreshTokens.rotate(token);
    if (rotation.kind === 'unknown') throw new Refusal('UNAUTHENTICATED');
    if (rotation.kind === 'reused') {
      await this.revoke(rotation.identity, 'refresh_token_reused');
      throw new Refusal('DEVICE_REVOKED', { details: { reason: 'refresh_token_reused' } });
    }
    const { identity, pair } = rotation;
    if (!(await this.parts.devices.has(identity))) throw new Refusal('DEVICE_REVOKED');
    return pairOf(await this.parts.access.sign(identity, { pair }), rotation.token);
  }

  logout(identity: Identity): Promise<void> {
    return this.revoke(identity, 'signed_out');
  }

  private async revoke(identity: Identity, reason: DeviceRevoked['data']['reason']): Promise<void> {
    const params = { device_id: identity.device_id, reason };
    await this.command(identity, identity.user_id, 'account.revokeDevice', params);
    await this.parts.refreshTokens.forget(identity.device_id);
  }

  private async firstPair(identity: Identity): Promise<TokenPair> {
    const refreshToken = await this.parts.refreshTokens.issue(identity);
    return pairOf(await this.parts.access.sign(identity), refreshToken);
  }

  private async command(
    identity: Identity,
    aggregateId: string,
    method: string,
    params: Readonly<Record<string, unknown>>,
  ): Promise<Readonly<Record<string, unknown>>> {
    const command = { command_id: uuidV7(), method, params };
    const [reply] = await this.parts.ask.commands('account', identity, aggregateId, [command]);
    return replied(reply!);
  }

  /** Fictional numbers are good for development, and for nothing else. */
  private mustBePossible(phone: string): void {
    if (this.parts.nodeEnv !== 'production') return;
    const parsed = parsePhoneNumberFromString(phone);
    // Written otherwise, as with a national 0, the same phone would be another one's.
    if (parsed?.isPossible() && parsed.number === phone) return;
    throw new Refusal('INVALID_PARAMS', { details: { phone: 'a phone number in E.164' } });
  }
}

const pairOf = (access_token: string, refresh_token: string): TokenPair => ({
  access_token,
  access_expires_in_s: access_expires_s,
  refresh_token,
});
