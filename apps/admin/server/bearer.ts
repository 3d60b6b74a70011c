import { AdminError } from '../failure.js';
import type { ActionActor } from '../actions/action-event.js';
import type { AdminTokens } from '../tokens/admin-tokens.js';

/** Who asks, by `Authorization: Bearer`. From where too many wrong tokens came nothing is taken for a while. */
export async function callerOf(
  tokens: AdminTokens,
  authorization: string | undefined,
  address: string,
): Promise<ActionActor> {
  const token = /^Bearer (\S{1,256})$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) throw new AdminError('UNAUTHENTICATED');
  const waitMs = await tokens.waitMs(address);
  if (waitMs > 0)
    throw new AdminError('RATE_LIMITED', 'Too many wrong tokens came from this address.', waitMs);
  const verified = await tokens.verify(token);
  if (verified === null) {
    await tokens.countWrong(address);
    throw new AdminError('UNAUTHENTICATED');
  }
  return { name: verified.name, role: verified.role, via: 'http' };
}
