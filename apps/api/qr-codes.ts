import type { OtpVerifyAnswer, QrAnswer, QrBody, QrPending } from '#protocol/auth.js';
import { Refusal } from '#protocol/refusal.js';
import type { SignedInDevices } from '#edge/signed-in-devices.js';
import type { Identity } from '#streams/requests.js';
import type { CallerOrigin } from './caller-origin.js';
import { qr_expires_s, type QrSignIn, type QrSignIns } from './qr-sign-ins.js';
import type { SignIn } from './sign-in.js';
import type { SignInCounts, SignInLimits } from './sign-in-limits.js';

const poll_after_ms = 2_000;

export interface QrCodesParts {
  readonly signIns: QrSignIns;
  readonly signIn: SignIn;
  readonly devices: SignedInDevices;
  readonly counts: SignInCounts;
  readonly limits: SignInLimits;
}

/**
 * Signing in by a code that a signed-in device of the user reads off the new one's screen. Others see the screen too, so the
 * token alone is worth nothing: what it leads to is answered to the installation (or else the network) that made it.
 */
export class QrCodes {
  constructor(private readonly parts: QrCodesParts) {}

  async make({ device }: QrBody, origin: CallerOrigin): Promise<QrAnswer> {
    const { counts, limits, signIns } = this.parts;
    await counts.sweep();
    const waitMs = await counts.take({ limit: limits.qr_tokens_per_address, subject: origin.network });
    if (waitMs > 0) throw new Refusal('RATE_LIMITED', { retry_after_ms: waitMs });
    return { qr_token: await signIns.make(device, origin), expires_in_s: qr_expires_s, poll_after_ms };
  }

  /** Once it was accepted, the new device's credentials. */
  async poll(token: string, origin: CallerOrigin): Promise<OtpVerifyAnswer | QrPending> {
    const found = await this.find(token, origin);
    if (found.acceptedBy === null) return { poll_after_ms };
    // Who let it in may have been signed out meanwhile, maybe because it was stolen.
    if (!(await this.parts.devices.has(found.acceptedBy))) throw new Refusal('QR_INVALID');
    return this.answer(found, found.acceptedBy);
  }

  /** Every token that an address asks about counts as a wrong one until it is found. */
  private async find(token: string, origin: CallerOrigin): Promise<QrSignIn> {
    const { counts, limits, signIns } = this.parts;
    const wrong = { limit: limits.wrong_qr_tokens_per_address, subject: origin.network };
    const waitMs = await counts.take(wrong);
    if (waitMs > 0) throw new Refusal('RATE_LIMITED', { retry_after_ms: waitMs });
    const found = await signIns.find(token, origin);
    if (found === null) throw new Refusal('QR_INVALID');
    await counts.giveBack([wrong]);
    return found;
  }

  private async answer(found: QrSignIn, by: Identity): Promise<OtpVerifyAnswer | QrPending> {
    const { signIns, signIn } = this.parts;
    const identity = { user_id: by.user_id, device_id: found.deviceId };
    if ((await signIns.beginAnswer(found)) === 'again') return this.answerAgain(found, identity, by);
    try {
      return { ...(await signIn.letIn(identity, found.device, by)), ...identity, new_user: false };
    } catch (error) {
      await signIns.takeBackAnswer(found);
      throw error;
    }
  }

  /**
   * An installation that lost its answer gets another: new tokens for the same device, and those of before are void. It does not
   * come back after it was signed out. Without an installation nobody can tell who asks again: what was answered may be in
   * foreign hands, so its device is signed out.
   */
  private async answerAgain(found: QrSignIn, identity: Identity, by: Identity) {
    const { signIn, devices } = this.parts;
    if (!found.isInstallation) {
      await signIn.takeOut(identity);
      throw new Refusal('QR_INVALID');
    }
    // It may be on its way still, in an answer that is being given.
    if (!(await devices.has(identity))) return { poll_after_ms };
    return { ...(await signIn.letIn(identity, found.device, by)), ...identity, new_user: false };
  }
}
