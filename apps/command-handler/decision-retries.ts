/** What the store refused, or did not answer, and was decided anew. */
import { counter } from '#observability/metrics.js';

const retries = (target: 'chat' | 'account') => ({
  conflict: counter('odnix.command.retries', { target, reason: 'conflict' }),
  unknown: counter('odnix.command.retries', { target, reason: 'unknown' }),
});
const decidedAnew = { chat: retries('chat'), account: retries('account') };

export const countRetry = (target: 'chat' | 'account', reason: 'conflict' | 'unknown'): void =>
  decidedAnew[target][reason].add();
