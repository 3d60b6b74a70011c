import { OdnixError } from './odnix-error.js';

const refusals = {
  CANCELLED: 'The message was deleted before it was sent.',
  NOT_SENT: 'The message was not sent: send it again or delete it.',
  NOT_FOUND: 'There is no such message here.',
  MESSAGE_DELETED: 'The message was deleted.',
} as const;

/** A change that makes no sense on this device, whatever the server would say. */
export function refusal(code: keyof typeof refusals): OdnixError {
  return new OdnixError(code, refusals[code], { retryable: false });
}
