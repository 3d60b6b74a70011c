import { Logger } from '@nestjs/common';
import { StoreUnavailable } from '#streams/event-store.js';
import type { Refused } from '#streams/requests.js';
import { Refusal } from '#protocol/refusal.js';
import { refused } from './refusal.js';

const logger = new Logger('CommandHandler');
const unavailable_retry_after_ms = 500;

/** What a command is answered when serving it failed. Failures of ours are logged; what was to be expected is not. */
export function refusalFor(error: unknown): Refused {
  if (error instanceof Refusal) return { error: error.error };
  if (error instanceof StoreUnavailable) {
    return refused('UNAVAILABLE', { retry_after_ms: unavailable_retry_after_ms });
  }
  logFailure(error);
  return refused('INTERNAL');
}

/** Our own errors' messages hold places and names, never what people wrote; of foreign ones only the kind is told. */
export function logFailure(error: unknown): void {
  if (!(error instanceof Error)) return logger.error('something was thrown that is no error');
  const isOurs = ['AssertionError', 'StoreDamaged', 'CatalogueError'].includes(error.name);
  logger.error(isOurs ? `${error.name}: ${error.message}` : error.name, withoutMessage(error));
}

const withoutMessage = ({ stack, message }: Error): string | undefined => stack?.replace(message, '');
