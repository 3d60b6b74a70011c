import { Logger } from '@nestjs/common';
import type { Twilio } from 'twilio';
import { Refusal } from '#protocol/refusal.js';
import type { CodeSender, CodeToSend } from './code-sender.js';

const timeout_ms = 10_000;
const retry_after_ms = 5_000;

export interface TwilioOptions {
  readonly accountSid: string;
  readonly authToken: string;
  /** A number of theirs in E.164, or the id of a messaging service (MG...). */
  readonly from: string;
}
type ClientOptions = NonNullable<ConstructorParameters<typeof Twilio>[2]>;

/**
 * SMS by Twilio's own library. A request that was not answered is not repeated: it may have been taken, and Twilio has no key by
 * which it would know it again. Logs tell of Twilio's error code and status alone, for its messages quote the number.
 */
export class TwilioCodeSender implements CodeSender {
  private readonly logger = new Logger('CodeSender');

  private constructor(
    private readonly client: Twilio,
    private readonly from: string,
  ) {}

  /** The library is large: it is loaded where it is used. */
  static async open({ accountSid, authToken, from }: TwilioOptions, more: ClientOptions = {}) {
    const { Twilio: Client } = (await import('twilio')).default;
    return new TwilioCodeSender(new Client(accountSid, authToken, { timeout: timeout_ms, ...more }), from);
  }

  async send({ phone, code, expires_in_s }: CodeToSend): Promise<object> {
    const minutes = Math.round(expires_in_s / 60);
    const body = `${code} is your sign-in code, for ${minutes} minutes. Give it to nobody.`;
    const sender = this.from.startsWith('MG') ? { messagingServiceSid: this.from } : { from: this.from };
    try {
      await this.client.messages.create({ to: phone, body, ...sender });
      return {};
    } catch (error) {
      const { code: reason, status } = (error ?? {}) as { code?: unknown; status?: unknown };
      this.logger.warn(`Twilio took no message: code ${String(reason)}, status ${String(status)}`);
      throw new Refusal('CODE_NOT_SENT', { retry_after_ms });
    }
  }
}
