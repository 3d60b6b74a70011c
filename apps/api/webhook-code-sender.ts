import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Refusal } from '#protocol/refusal.js';
import type { CodeSender, CodeToSend } from './code-sender.js';

const tries_max = 3;
/** Three tries and the pauses between them end before an HTTP request of ours does. */
const try_ms_max = 3_000;
const back_off_ms = 250;
const retry_after_ms = 5_000;

export interface WebhookOptions {
  readonly url: string;
  readonly secret: string;
  /** Shorter in tests. */
  readonly tryMsMax?: number;
  readonly backOffMs?: number;
}

/**
 * Hands codes to an operator's own service (docs/signing-in.md): signed with the time, so that it can tell a forged or a replayed
 * request, and the same `idempotency-key` at every try of one code. Logs tell of the answer's status alone.
 */
export class WebhookCodeSender implements CodeSender {
  private readonly logger = new Logger('CodeSender');

  constructor(private readonly options: WebhookOptions) {}

  async send({ phone, code, expires_in_s }: CodeToSend): Promise<object> {
    const { backOffMs = back_off_ms } = this.options;
    const body = JSON.stringify({ phone, code, expires_in_s });
    const key = randomUUID();
    for (let attempt = 1; attempt <= tries_max; attempt++) {
      const status = await this.post(body, key);
      if (status !== null && status >= 200 && status < 300) return {};
      this.logger.warn(`the webhook answered ${status ?? 'nothing'}, try ${attempt} of ${tries_max}`);
      if (!mayHelpAgain(status)) break;
      if (attempt < tries_max) await delay(backOffMs * 2 ** (attempt - 1) * (1 + Math.random()));
    }
    throw new Refusal('CODE_NOT_SENT', { retry_after_ms });
  }

  /** Null: no answer in time. */
  private async post(body: string, key: string): Promise<number | null> {
    const { url, secret, tryMsMax = try_ms_max } = this.options;
    const timestamp = String(Math.floor(Date.now() / 1_000));
    const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
    const headers = {
      'content-type': 'application/json',
      'idempotency-key': key,
      'odnix-timestamp': timestamp,
      'odnix-signature': `v1=${signature}`,
    };
    const signal = AbortSignal.timeout(tryMsMax);
    try {
      const answer = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'error' });
      await answer.body?.cancel();
      return answer.status;
    } catch {
      return null;
    }
  }
}

/** What the service refuses it will refuse again. */
const mayHelpAgain = (status: number | null): boolean =>
  status === null || status >= 500 || status === 408 || status === 429;
