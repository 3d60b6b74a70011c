import { closeCodes } from '#protocol/errors.js';

/**
 * What to do after a close: codes of the catalogue from 4500 say that trying again changes nothing, unless new
 * credentials are got first (an expired token's code says so too). Everything else, the network's own codes included, is worth another try.
 */
export type CloseVerdict = 'reconnect' | 'renew_credentials' | 'stop';

const first_final_code = 4500;
const last_final_code = 4999;

export function closeVerdict(code: number): CloseVerdict {
  const asksForNew: readonly number[] = [closeCodes.unauthenticated, closeCodes.access_expired];
  if (asksForNew.includes(code)) return 'renew_credentials';
  return code >= first_final_code && code <= last_final_code ? 'stop' : 'reconnect';
}
