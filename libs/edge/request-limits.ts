import { isUuid } from '#domain/kernel/ids.js';
import { counter } from '#observability/metrics.js';
import { isMethodName } from '#protocol/methods.js';
import { Refusal } from '#protocol/refusal.js';
import type { Identity, Refused } from '#streams/requests.js';
import { refused } from './ask.js';
import {
  callerRates,
  chatBound,
  chatRates,
  pairRates,
  rateOfEndpoint,
  rateOfMethod,
  userRates,
  type UserRate,
} from './rate-limits.js';
import type { SharedLimits } from './shared-limits.js';
import { scaled, type Rate } from './token-bucket.js';

export interface Asker {
  readonly identity: Identity | null;
  /** Null: counted already, or not to be counted. */
  readonly network: string | null;
}

type Charge = readonly [key: string, rate: Rate];

/**
 * What a request is counted as, and whether there is room for it. The narrowest limit is asked first, so that who floods uses
 * up their own and hardly what they share with others: their device's, then their own, the chat's, the address's.
 */
export class RequestLimits {
  constructor(
    private readonly limits: Pick<SharedLimits, 'take'>,
    /** 0: nothing is limited. */
    private readonly scale: number,
  ) {}

  /** Undefined: go on. At once, unless a shared counter has to be asked; never rejects. `method` as it was given. */
  take(asker: Asker, method: string, params: unknown): Refused | undefined | Promise<Refused | undefined> {
    const rate = isMethodName(method) ? rateOfMethod[method] : 'look';
    return this.takeAll([...ofIdentity(asker.identity, rate, params), ...ofNetwork(asker.network)]);
  }

  /** Throws a Refusal. */
  async mustTake(
    identity: Identity,
    what: keyof typeof rateOfEndpoint | 'session.open' | 'presence.watch',
  ): Promise<void> {
    const rate = { ...rateOfEndpoint, ...rateOfMethod }[what];
    await this.mustTakeAll(ofIdentity(identity, rate, null));
  }

  /** Before anything else is done for somebody unknown. Throws a Refusal. */
  async mustTakeNetwork(network: string): Promise<void> {
    await this.mustTakeAll(ofNetwork(network));
  }

  private async mustTakeAll(charges: readonly Charge[]): Promise<void> {
    const taken = await this.takeAll(charges);
    if (taken) throw new Refusal('RATE_LIMITED', taken.error);
  }

  private takeAll(charges: readonly Charge[]): Refused | undefined | Promise<Refused | undefined> {
    if (this.scale === 0) return undefined;
    for (const [index, [key, rate]] of charges.entries()) {
      const waitMs = this.limits.take(key, scaled(rate, this.scale));
      if (typeof waitMs === 'number') {
        if (waitMs > 0) return limited(key, waitMs);
        continue;
      }
      return waitMs.then((ms) => (ms > 0 ? limited(key, ms) : this.takeAll(charges.slice(index + 1))));
    }
    return undefined;
  }
}

/** What is counted as stands before whose it is. */
function limited(key: string, ms: number): Refused {
  counter('odnix.rate_limit.refusals', { limit: key.slice(0, key.indexOf(' ')) }).add();
  return refused('RATE_LIMITED', { retry_after_ms: Math.ceil(ms) });
}

const ofNetwork = (network: string | null): Charge[] =>
  network === null ? [] : [[`address ${network}`, callerRates.address]];

function ofIdentity(identity: Identity | null, rate: UserRate, params: unknown): Charge[] {
  if (identity === null) return [];
  const { user_id, device_id } = identity;
  const own: Charge[] = [
    [`device ${device_id}`, callerRates.device],
    [`${rate} ${user_id}`, userRates[rate]],
  ];
  const { user_id: calledId } = (params ?? {}) as { user_id?: unknown };
  if (rate === 'call' && isUuid(calledId)) return [...own, [`calls ${user_id} ${calledId}`, pairRates.calls]];
  const chatId = chatBound.has(rate) ? (params as { chat_id?: unknown } | null)?.chat_id : undefined;
  if (!isUuid(chatId)) return own;
  return [...own, [`member ${user_id} ${chatId}`, chatRates.member], [`chat ${chatId}`, chatRates.chat]];
}
