import type { KeyObject } from 'node:crypto';
import { keyedHash } from '#edge/secrets.js';
import type { OtpRequestAnswer } from '#protocol/auth.js';
import { Refusal } from '#protocol/refusal.js';
import type { CallerOrigin } from './caller-origin.js';
import type { CodeSender } from './code-sender.js';
import {
  codeKinds,
  newCode,
  type CodeAt,
  type CodeKind,
  type OneTimeCodes,
  type SpentCode,
} from './one-time-codes.js';
import type { SignInFailure } from './sign-in-failures.js';
import { codesSent } from './sign-in-metrics.js';
import type { SignInCounts, SignInLimits, Use } from './sign-in-limits.js';

export interface PhoneCodesParts {
  readonly codes: OneTimeCodes;
  readonly counts: SignInCounts;
  readonly limits: SignInLimits;
  readonly sender: CodeSender;
  readonly phoneHash: KeyObject;
  readonly credentialHash: KeyObject;
  /** Somebody tries hard: told once for each code that is locked, and each long one. */
  readonly onFailed: (phoneHash: string, cause: SignInFailure, network: string) => void;
}

/**
 * Brings codes to phones and takes them back, within the limits. Nobody can keep a phone's owner out by asking or guessing in
 * their place: after some short codes the phone gets one long code an hour, which guesses do not use up and which any
 * installation may give (docs/adr/0030). Nothing here looks at accounts.
 */
export class PhoneCodes {
  constructor(private readonly parts: PhoneCodesParts) {}

  /** A code is good once it was taken for delivery: what could not be sent is not counted, and nobody can guess it. */
  async request(phone: string, origin: CallerOrigin): Promise<OtpRequestAnswer> {
    const { codes, counts, limits, sender } = this.parts;
    await counts.sweep();
    const at = this.codeAt(phone, origin);
    const asking: Use[] = [{ limit: limits.codes_per_address, subject: origin.network }];
    if (origin.installation !== null)
      asking.push({ limit: limits.codes_per_installation, subject: at.installation });
    const waitMs = await counts.takeAll(asking);
    if (waitMs > 0) throw rateLimited(waitMs);
    const { kind, uses } = await this.kindFor(at.phoneHash);
    const code = newCode(kind);
    const { digits: code_digits, expires_s: expires_in_s } = codeKinds[kind];
    const told = await sender.send({ phone, code, expires_in_s }).catch(async (error: unknown) => {
      codesSent.failed.add();
      await counts.giveBack([...asking, ...uses]);
      throw error;
    });
    codesSent.sent.add();
    await codes.keep(at, kind, code);
    if (kind === 'long') this.parts.onFailed(at.phoneHash, 'many_codes', origin.network);
    return { expires_in_s, code_digits, ...told };
  }

  /** Every attempt of an address counts as a wrong one until it has turned out right. Throws a Refusal when it has not. */
  async spend(phone: string, code: string, origin: CallerOrigin): Promise<SpentCode> {
    const { codes, counts, limits } = this.parts;
    const wrong = { limit: limits.wrong_codes_per_address, subject: origin.network };
    const waitMs = await counts.take(wrong);
    if (waitMs > 0) throw rateLimited(waitMs);
    const at = this.codeAt(phone, origin);
    const spending = await codes.spend(at, code);
    if (spending.kind === 'locked') this.parts.onFailed(at.phoneHash, 'code_locked', origin.network);
    if (spending.kind === 'wait') throw rateLimited(spending.wait_ms);
    if (spending.kind !== 'spent') throw new Refusal('CODE_INVALID');
    await counts.giveBack([wrong]);
    return spending.code;
  }

  /** What it was for could not be carried out, and that was not the caller's fault. */
  putBack(code: SpentCode): Promise<void> {
    return this.parts.codes.putBack(code);
  }

  private async kindFor(phoneHash: string): Promise<{ kind: CodeKind; uses: readonly Use[] }> {
    const { counts, limits } = this.parts;
    const uses = (...some: Use['limit'][]) => some.map((limit) => ({ limit, subject: phoneHash }));
    const short = uses(limits.short_codes_per_phone, limits.short_codes_per_phone_and_day);
    const shortWaitMs = await counts.takeAll(short);
    if (shortWaitMs === 0) return { kind: 'short', uses: short };
    const long = uses(limits.long_codes_per_phone);
    const longWaitMs = await counts.takeAll(long);
    if (longWaitMs === 0) return { kind: 'long', uses: long };
    throw rateLimited(Math.min(shortWaitMs, longWaitMs));
  }

  private codeAt(phone: string, { installation }: CallerOrigin): CodeAt {
    const { phoneHash, credentialHash } = this.parts;
    const named = installation === null ? unnamed : keyedHash(credentialHash, `installation:${installation}`);
    return { phoneHash: keyedHash(phoneHash, phone), installation: named };
  }
}

const unnamed = 'unnamed';

const rateLimited = (retry_after_ms: number): Refusal => new Refusal('RATE_LIMITED', { retry_after_ms });
