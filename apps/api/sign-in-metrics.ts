/** What becomes of the steps of signing in, of whomever. */
import { counter } from '#observability/metrics.js';
import { Refusal } from '#protocol/refusal.js';

type Step = 'request_code' | 'verify_code' | 'refresh' | 'logout' | 'qr_new' | 'qr_poll';

export async function countStep<Answer>(step: Step, take: () => Promise<Answer>): Promise<Answer> {
  try {
    const answer = await take();
    counter('odnix.sign_in.attempts', { step, outcome: 'ok' }).add();
    return answer;
  } catch (error) {
    const outcome = error instanceof Refusal ? error.error.code : 'INTERNAL';
    counter('odnix.sign_in.attempts', { step, outcome }).add();
    throw error;
  }
}

export const codesSent = {
  sent: counter('odnix.sign_in.codes.sent', { outcome: 'sent' }),
  failed: counter('odnix.sign_in.codes.sent', { outcome: 'failed' }),
} as const;
