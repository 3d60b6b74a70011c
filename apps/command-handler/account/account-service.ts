import { isUuid } from '#domain/kernel/ids.js';
import { decideEnded, step } from '#observability/request-spans.js';
import { childOrNew, spanOf, textOf, within } from '#observability/trace.js';
import type { FieldErrors } from '#protocol/validate.js';
import { validate } from '#protocol/validate.js';
import type { CommandRequest, CommandsReply, CommandsRequest, Reply } from '#streams/requests.js';
import type { CommandOrigin } from '../decision-meta.js';
import { refusalFor } from '../failures.js';
import { Refusal } from '#protocol/refusal.js';
import type { AccountDependencies } from './account-context.js';
import { accountMethods } from './methods.js';

/**
 * Commands of one account, of one phone, and the delivered marks of one user. They are rare or need no order, so there
 * is no queue: what meets in the store is decided again. A request's commands are carried out in order; delivered marks go on
 * from each other (a device's cursor vouches for the marks before it), so after one that is refused the rest are refused with it.
 */
export class AccountService {
  constructor(private readonly dependencies: AccountDependencies) {}

  async handle(request: CommandsRequest, traceparent?: string): Promise<CommandsReply> {
    const replies: Reply[] = [];
    for (const command of request.commands) {
      const last = replies.at(-1);
      const isStopped = last !== undefined && 'error' in last && definitionOf(command)?.goesOn === true;
      replies.push(isStopped ? last : await this.traced(request, command, traceparent));
    }
    return { replies };
  }

  private async traced(
    request: CommandsRequest,
    command: CommandRequest,
    traceparent: string | undefined,
  ): Promise<Reply> {
    const parent = spanOf(command.traceparent ?? traceparent);
    const { span, ...deciding } = step(childOrNew(parent), parent);
    const carried = () => this.reply(request, command, textOf(span)).catch(refusalFor);
    const reply = await within(span, carried);
    const of = { command_id: command.command_id, ...request.identity };
    decideEnded({ span, ...deciding }, 'account', methodOf(command), of, reply);
    return reply;
  }

  private async reply(
    { identity, aggregate_id }: CommandsRequest,
    { command_id, method, params }: CommandRequest,
    traceparent: string,
  ): Promise<Reply> {
    const definition = definitionOf({ method });
    if (!definition) throw new Refusal('METHOD_NOT_FOUND');
    const validated = validate(definition.params, params);
    if (!validated.ok) throw invalid(validated.details);
    const isPhone = !isUuid(aggregate_id);
    if (isPhone !== (definition.aggregate === 'phone') || (!isPhone && aggregate_id !== identity.user_id)) {
      throw invalid({ aggregate_id: `the id of the ${definition.aggregate}` });
    }
    const origin: CommandOrigin = { identity, commandId: command_id, traceparent };
    return definition.run(validated.params, { ...this.dependencies, origin, aggregateId: aggregate_id });
  }
}

const definitionOf = ({ method }: Pick<CommandRequest, 'method'>) =>
  Object.hasOwn(accountMethods, method) ? accountMethods[method] : undefined;

const methodOf = (command: CommandRequest): string => (definitionOf(command) ? command.method : 'unknown');

const invalid = (details: FieldErrors): Refusal => new Refusal('INVALID_PARAMS', { details });
