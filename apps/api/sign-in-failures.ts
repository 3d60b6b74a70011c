import type { KeyObject } from 'node:crypto';
import { v7 as uuidV7 } from 'uuid';
import type { SignInFailed } from '#domain/account/events.js';
import { replied, type Ask } from '#edge/ask.js';
import { keyedHash } from '#edge/secrets.js';

export type SignInFailure = SignInFailed['data']['cause'];

/** Tells the account that has the phone, if there is one. Nobody waits for it: whether there is one is not to be felt. */
export const failureTeller =
  (ask: Pick<Ask, 'commands'>, key: KeyObject, onFailure: (error: unknown) => void) =>
  (phoneHash: string, cause: SignInFailure, network: string): void => {
    const network_hash = keyedHash(key, `failed:${network}`).slice(0, 16);
    const command = { command_id: uuidV7(), method: 'phone.signInFailed', params: { cause, network_hash } };
    const nobody = { user_id: uuidV7(), device_id: uuidV7() };
    ask
      .commands('account', nobody, phoneHash, [command])
      .then(([reply]) => replied(reply!))
      .catch(onFailure);
  };
