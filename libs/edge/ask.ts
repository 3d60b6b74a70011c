import type { NatsConnection } from '@nats-io/nats-core';
import { commandEnded, step } from '#observability/request-spans.js';
import { activeSpan, childOf, textOf } from '#observability/trace.js';
import { applicationError, errorCatalogue, type ErrorCode } from '#protocol/errors.js';
import { Refusal } from '#protocol/refusal.js';
import { commandRangeOf, commandSubject, commandSubjectOfTaken, querySubject } from '#streams/subjects.js';
import { rangesTaken, type CommandTarget } from '#streams/subjects.js';
import type {
  CommandRequest,
  CommandsReply,
  CommandsRequest,
  Identity,
  QueryRequest,
  Refused,
  Reply,
} from '#streams/requests.js';
import { AgainBudget } from './again-budget.js';
import { Asking, type Patience } from './asking.js';

/** Longer than a handler tries before it gives up by itself. */
const command_timeout_ms = 10_000;
const query_timeout_ms = 5_000;
/** While a range moves to another handler nobody serves it: nothing was delivered, so asking again is safe. */
const no_responders_wait_ms = 3_000;
const unavailable_retry_ms = 1_000;
/** A query that is not answered by now may have gone to a handler that died with it. */
const query_again_after_ms = 1_500;

export const refused = (code: ErrorCode, more: Parameters<typeof applicationError>[1] = {}): Refused => ({
  error: applicationError(code, more),
});
const unavailable = (): Refused => refused('UNAVAILABLE', { retry_after_ms: unavailable_retry_ms });

/** The result of a reply, or the Refusal that it is. */
export function replied(reply: Reply): Readonly<Record<string, unknown>> {
  if ('error' in reply) {
    const { code, retryable: _, ...more } = reply.error;
    throw new Refusal(code as ErrorCode, more);
  }
  return reply.result;
}

/**
 * NATS request/reply with command and query handlers: what comes back is always a reply, never a throw.
 *
 * A handler may die with a request, or its answer may be lost with a connection. Then the same request is asked again:
 * commands when a handler tells that it has taken their range from one that is gone, queries once after
 * `query_again_after_ms` (as long as few of them need it), both when this side's connection was away. The time in which
 * an answer is waited for does not grow, and the first answer counts.
 *
 * Asking twice is asking once. Queries change nothing. A command keeps its `command_id`, and what is stored for it has an
 * id made of it, or of the client's key, which the store takes once in two minutes, whichever handler it comes from and
 * however late; handlers answer the second as the first where they know of it. So:
 * - with a key (sends, creations, and whatever carries `client_request_id`): the first one's answer, as without a key
 *   within the chat's recent decisions (edits, deletions, reactions, members, leaving);
 * - `phone.claim`, `account.*`: absolute, and done already when it is met again; registering answers `registered` again
 *   as long as it is the account's latest decision, which it is before it is answered;
 * - `messages.read`, `receipts.deliver`: marks are merged by maximum.
 * A first copy that a handler carries out late, behind commands that were sent after the answer to the second, is refused
 * by the store for the same reason: so the order within a chat stays that of the lanes.
 */
export class Ask {
  private readonly commandsAsked: Asking;
  private readonly queriesAsked: Asking;
  private readonly budget = new AgainBudget();

  constructor(nc: NatsConnection) {
    this.commandsAsked = new Asking(nc);
    this.queriesAsked = new Asking(nc);
    const callback = (error: Error | null, { subject }: { subject: string }) => {
      if (error === null) this.commandsAsked.again(commandSubjectOfTaken(subject));
    };
    nc.subscribe(rangesTaken, { callback });
    void this.followConnection(nc);
  }

  /** One reply a command, in order. Commands without a span of their own have one together, below the active one. */
  async commands(
    target: CommandTarget,
    identity: Identity,
    aggregateId: string,
    commands: readonly CommandRequest[],
  ): Promise<readonly Reply[]> {
    const parent = activeSpan();
    const [{ method, command_id, traceparent } = untold] = commands;
    if (parent === undefined || traceparent !== undefined)
      return this.asked(target, identity, aggregateId, commands);
    const asking = step(childOf(parent), parent);
    const text = textOf(asking.span);
    const traced = commands.map((command) => ({ ...command, traceparent: text }));
    const replies = await this.asked(target, identity, aggregateId, traced);
    const reply = replies.find((one) => 'error' in one) ?? replies[0];
    if (reply) commandEnded(asking, target, method, { ...identity, command_id }, reply);
    return replies;
  }

  private async asked(
    target: CommandTarget,
    identity: Identity,
    aggregateId: string,
    commands: readonly CommandRequest[],
  ): Promise<readonly Reply[]> {
    const subject = commandSubject(target, commandRangeOf(aggregateId));
    const request: CommandsRequest = { identity, aggregate_id: aggregateId, commands };
    const patience = { timeout_ms: command_timeout_ms, no_responders_wait_ms };
    const answer = (await this.commandsAsked.ask(
      subject,
      request,
      patience,
    )) as Partial<CommandsReply> | null;
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
    const again = { after_ms: query_again_after_ms, may: () => this.budget.take() };
    const answer = await this.queriesAsked.ask(querySubject(method), request, patience, again);
    if (answer === null) return unavailable();
    this.budget.answered();
    return checkedReply(answer);
  }

  private async followConnection(nc: NatsConnection): Promise<void> {
    for await (const { type } of nc.status()) {
      if (type !== 'reconnect') continue;
      this.commandsAsked.allAgain();
      this.queriesAsked.allAgain();
    }
  }
}

const untold: CommandRequest = { command_id: '', method: '', params: {} };

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
