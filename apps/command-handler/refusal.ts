import { Refusal } from '#protocol/refusal.js';
import type { CommandsReply, Refused } from '#streams/requests.js';

/** The reply of one command that is not served. */
export const refused = (...args: ConstructorParameters<typeof Refusal>): Refused => ({
  error: new Refusal(...args).error,
});

/** The same refusal for each command of a request; for one of unknown shape, once. */
export function refusedAll(request: unknown, refusal: Refused): CommandsReply {
  const commands = (request as { commands?: unknown } | null | undefined)?.commands;
  const count = Array.isArray(commands) && commands.length > 0 ? commands.length : 1;
  return { replies: Array.from({ length: count }, () => refusal) };
}
