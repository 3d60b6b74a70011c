/** How long commands take, and what becomes of them. */
import { histogram } from '#observability/metrics.js';
import type { CommandsReply } from '#streams/requests.js';
import { accountMethods } from './account/methods.js';
import { chatMethods } from './chat/methods.js';

const failures: ReadonlySet<string> = new Set(['INTERNAL', 'UNAVAILABLE', 'BUSY', 'CONFLICT']);

const outcomeOf = (code: string | undefined) =>
  code === undefined ? 'ok' : failures.has(code) ? 'failed' : 'refused';

/** Told at once by the chat's handler, and no decision. */
const others: ReadonlySet<unknown> = new Set(['typing.set']);

/** Of what came, checked or not. */
const methodLabel = (method: unknown): string =>
  typeof method === 'string' &&
  (others.has(method) || Object.hasOwn(chatMethods, method) || Object.hasOwn(accountMethods, method))
    ? method
    : 'unknown';

/** Commands that came together are answered together. */
export function measureCommands(request: unknown, begunMs: number, { replies }: CommandsReply): void {
  const seconds = (performance.now() - begunMs) / 1_000;
  const { commands } = (request ?? {}) as { readonly commands?: readonly { readonly method?: unknown }[] };
  for (const [index, reply] of replies.entries()) {
    const outcome = outcomeOf('error' in reply ? reply.error.code : undefined);
    const method = methodLabel(commands?.[index]?.method);
    histogram('odnix.command.duration.seconds', { method, outcome }).record(seconds);
  }
}
