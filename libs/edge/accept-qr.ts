import type { KeyObject } from 'node:crypto';
import { v7 as uuidV7 } from 'uuid';
import type { DevicesAcceptQrParams, DevicesAcceptQrResult } from '#protocol/methods/accept-qr.js';
import { replied, type Ask } from './ask.js';
import type { Caller } from './caller.js';
import { keyedHash } from './secrets.js';

/** What stands for a QR token wherever it is kept or asked for. */
export const qrTokenHash = (key: KeyObject, token: string): string => keyedHash(key, `qr:${token}`);

/** `devices.acceptQr`, the same over every transport. `key` is the one for hashes of credentials. */
export const acceptQr =
  (ask: Pick<Ask, 'commands'>, key: KeyObject) =>
  async ({ identity }: Caller, { qr_token }: DevicesAcceptQrParams): Promise<DevicesAcceptQrResult> => {
    const params = { token_hash: qrTokenHash(key, qr_token) };
    const command = { command_id: uuidV7(), method: 'qr.accept', params };
    const [reply] = await ask.commands('account', identity!, identity!.user_id, [command]);
    return replied(reply!) as unknown as DevicesAcceptQrResult;
  };
