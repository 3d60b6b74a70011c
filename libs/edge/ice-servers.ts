/** The STUN and TURN servers that calls may use, with credentials that TURN servers make out by themselves. */
import { createHmac } from 'node:crypto';
import type { CallsIceServersResult } from '#protocol/methods/calls.js';
import type { Settings } from '#process/settings-table.js';
import { SettingsError } from '#process/settings.js';

export const iceSettings = ['iceUrls', 'turnSecret'] as const;
export type IceSettings = Settings<(typeof iceSettings)[number]>;

/** What an installation is without settings. */
export const noIceServers: IceSettings = { iceUrls: [], turnSecret: 'none' };

/** Who is in a call by then stays in it: TURN servers look at it when a relay is asked for. */
const credentials_s = 3_600;
const user_chars = 16;

/**
 * Credentials as coturn's `use-auth-secret` takes them (draft-uberti-behave-turn-rest-00): the time until which they hold, and a
 * HMAC of it. The name beside the time tells the owner of the secret whose it is, and nobody who listens.
 */
export class IceServers {
  private readonly stun: readonly string[];
  private readonly turn: readonly string[];
  readonly #secret: string;

  /** Throws SettingsError: TURN servers without a secret let nobody in. */
  constructor(
    { iceUrls, turnSecret }: IceSettings,
    private readonly nowMs: () => number = Date.now,
  ) {
    this.stun = iceUrls.filter((url) => url.startsWith('stun'));
    this.turn = iceUrls.filter((url) => url.startsWith('turn'));
    this.#secret = turnSecret;
    if (this.turn.length > 0 && turnSecret === 'none')
      throw new SettingsError('ICE_URLS with turn: needs TURN_SECRET as well.');
  }

  of(userId: string): CallsIceServersResult {
    const stun = this.stun.length === 0 ? [] : [{ urls: this.stun }];
    if (this.turn.length === 0) return { ice_servers: stun };
    const until_s = Math.floor(this.nowMs() / 1_000) + credentials_s;
    const username = `${until_s}:${this.mac('sha256', userId).toString('hex').slice(0, user_chars)}`;
    const credential = this.mac('sha1', username).toString('base64');
    const turn = { urls: this.turn, username, credential };
    return { ice_servers: [...stun, turn], expires_in_s: credentials_s };
  }

  private mac(hash: 'sha1' | 'sha256', text: string): Buffer {
    return createHmac(hash, this.#secret).update(text).digest();
  }
}
