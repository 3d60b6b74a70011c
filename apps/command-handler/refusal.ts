import { applicationError, type ApplicationError, type ErrorCode } from '#protocol/errors.js';
import type { CommandsReply, Refused } from '#streams/requests.js';

/** What a command or a whole request is answered when it is not served; thrown where there is nothing to return to. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly error: ApplicationError;

  constructor(
    code: ErrorCode,
    more: { details?: Readonly<Record<string, unknown>>; retry_after_ms?: number } = {},
  ) {
    super(code);
    this.error = applicationError(code, more);
  }
}

export const refused = (...args: ConstructorParameters<typeof Refusal>): Refused => ({
  error: new Refusal(...args).error,
});

/** The same refusal for each command of a request; for one of unknown shape, once. */
export function refusedAll(request: unknown, refusal: Refused): CommandsReply {
  const commands = (request as { commands?: unknown } | null | undefined)?.commands;
  const count = Array.isArray(commands) && commands.length > 0 ? commands.length : 1;
  return { replies: Array.from({ length: count }, () => refusal) };
}
