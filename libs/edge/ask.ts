/** NATS request/reply with command and query handlers: what comes back is always a reply, never a throw. */
import { headers, type NatsConnection } from '@nats-io/nats-core';
import { traceparent, traceparentHeader } from '#observability/trace.js';
import { applicationError, errorCatalogue, type ErrorCode } from '#protocol/errors.js';
import { Refusal } from '#protocol/refusal.js';
import { commandRangeOf, commandSubject, querySubject, type CommandTarget } from '#streams/subjects.js';
import type {
  CommandRequest,
  CommandsReply,
  CommandsRequest,
  Identity,
  QueryRequest,
  Refused,
  Reply,
} from '#streams/requests.js';

/** Longer than a handler tries before it gives up by itself. */
const command_timeout_ms = 10_000;
const query_timeout_ms = 5_000;
/** While a range moves to another handler nobody serves it: nothing was delivered, so asking again is safe. */
const no_responders_wait_ms = 3_000;
const no_responders_retry_ms = 100;
const unavailable_retry_ms = 1_000;

export const refused = (code: ErrorCode, more: Parameters<typeof applicationError>[1] = {}): Refused => ({
  error: applicationError(code, more),
});
const unavailable = (): Refused => refused('UNAVAILABLE', { retry_after_ms: unavailable_retry_ms });

export interface Patience {
  readonly timeout_ms: number;
  /** How long it is asked again while nobody serves it. */
  readonly no_responders_wait_ms: number;
}

/** The result of a reply, or the Refusal that it is. */
export function replied(reply: Reply): Readonly<Record<string, unknown>> {
  if ('error' in reply) {
    const { code, retryable: _, ...more } = reply.error;
    throw new Refusal(code as ErrorCode, more);
  }
  return reply.result;
}

export class Ask {
  constructor(private readonly nc: NatsConnection) {}

  /** One reply a command, in order. */
  async commands(
    target: CommandTarget,
    identity: Identity,
    aggregateId: string,
    commands: readonly CommandRequest[],
  ): Promise<readonly Reply[]> {
    const subject = commandSubject(target, commandRangeOf(aggregateId));
    const request: CommandsRequest = { identity, aggregate_id: aggregateId, commands };
    const patience = { timeout_ms: command_timeout_ms, no_responders_wait_ms };
    const answer = (await this.request(subject, request, patience)) as Partial<CommandsReply> | null;
    if (answer === null) return commands.map(unavailable);
    const { replies } = answer;
    if (!Array.isArray(replies) || replies.length !== commands.length)
      return commands.map(() => refused('INTERNAL'));
    return replies.map(checkedReply);
  }

  async query(
    method: string,
    request: QueryRequest,
    patience: Patience = { timeout_ms: query_timeout_ms, no_responders_wait_ms },
  ): Promise<Reply> {
    const answer = await this.request(querySubject(method), request, patience);
    return answer === null ? unavailable() : checkedReply(answer);
  }

  /** Null: nobody answered in time; whether a command was carried out is then unknown. */
  private async request(subject: string, body: object, patience: Patience): Promise<object | null> {
    const payload = JSON.stringify(body);
    const carried = headers();
    carried.set(traceparentHeader, traceparent());
    const timeout = patience.timeout_ms;
    const giveUpAt = Date.now() + patience.no_responders_wait_ms;
    for (;;) {
      try {
        const message = await this.nc.request(subject, payload, { timeout, headers: carried });
        const answer: unknown = message.json();
        return typeof answer === 'object' ? answer : {};
      } catch (error) {
        if (!isNoResponders(error) || Date.now() >= giveUpAt) return null;
        await new Promise((resolve) => setTimeout(resolve, no_responders_retry_ms));
      }
    }
  }
}

function isNoResponders(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === 'NoRespondersError' || (error.cause !== undefined && isNoResponders(error.cause));
}

/** A handler's reply as clients may see it: codes of the catalogue only. */
function checkedReply(reply: unknown): Reply {
  const { result, seen, error } = (reply ?? {}) as Partial<{
    result: Record<string, unknown>;
    seen: Reply extends infer R ? (R extends { seen: infer S } ? S : never) : never;
    error: Refused['error'];
  }>;
  if (error && Object.hasOwn(errorCatalogue, error.code)) {
    const { retry_after_ms, details } = error;
    return refused(error.code as ErrorCode, {
      ...(retry_after_ms === undefined ? {} : { retry_after_ms }),
      ...(details === undefined ? {} : { details }),
    });
  }
  if (!error && result && seen?.projected && seen.logged) return { result, seen };
  return refused('INTERNAL');
}
