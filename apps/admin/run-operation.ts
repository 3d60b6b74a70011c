/**
 * One operation, from what was given to its result: who may, why, only one that changes at a time, and kept as an event before it
 * begins. The same for the command line and for HTTP.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Lease } from '#streams/lease.js';
import { AdminError, describe, failureOf } from './failure.js';
import { ActionLog, admin_stream } from './actions/action-log.js';
import type { ActionActor, ActionBegun } from './actions/action-event.js';
import { begun, ended } from './actions/kept-action.js';
import { changing_lease_key } from './changing-lease.js';
import { OperationRefused, type AdminContext, type AnyOperation } from './operation.js';
import {
  changes,
  fieldOf,
  isKept,
  needsReason,
  parseParameters,
  parseReason,
  showsText,
  WrongParameter,
  type Given,
} from './parameters.js';
import { streamStands } from './streams/stream-stands.js';

export interface OperationRequest {
  readonly operation: AnyOperation;
  /** By field. */
  readonly given: Given;
  readonly reason?: unknown;
  readonly caller: ActionActor;
}

export type Means = Omit<AdminContext, 'actor'>;

/** The parameters as the operation takes them. Throws what is wrong with the request, before anything is asked of a server. */
export function checkRequest({ operation, given, reason, caller }: OperationRequest): {
  readonly params: Readonly<Record<string, unknown>>;
  readonly reason: string | null;
} {
  const needsOperator = changes(operation, given);
  if (needsOperator && caller.role !== 'operator')
    throw new AdminError('FORBIDDEN', `${operation.name}: only an operator may do this.`);
  if (caller.role === 'auditor' && showsText(operation, given))
    throw new AdminError(
      'FORBIDDEN',
      `${operation.name}: only an auditor-with-text may see what people wrote.`,
    );
  const params = parseParameters(operation, given);
  const typed = operation.parameters.find(
    (one) => one.isValueOptional && typeof params[one.name] === 'string' && caller.via === 'http',
  );
  if (typed !== undefined) throw new WrongParameter(fieldOf(typed), 'true or false');
  // Each operation's parameters are those that it has itself described.
  operation.check?.(params as never);
  const why = parseReason(reason);
  if (why === null && needsReason(operation, given))
    throw new WrongParameter('reason', 'a text: why this is done (it is kept with who did it)');
  return { params, reason: why };
}

/** Throws what `failureOf` makes an error of the catalogue of. */
export async function runOperation(request: OperationRequest, means: Means): Promise<object> {
  const { operation, given, caller } = request;
  const { params, reason } = checkRequest(request);
  // What an installation does by itself sees to being the only one, and keeps no person waiting.
  const isAlone = changes(operation, given) && caller.via !== 'system';
  const act = (signal: AbortSignal): Promise<object> => {
    const actor = { name: caller.name, role: caller.role, reason };
    return operation
      .run({ ...means, signal, actor }, params as never)
      .catch((error: unknown) => throwEnd(error, request, signal));
  };
  if (!isKept(operation, given)) return act(means.signal);
  const event = begun({ operation, given, actor: caller, reason });
  return operation.bootstraps && !(await streamStands(means.nats, admin_stream))
    ? keepAfterwards(event, means, () => act(means.signal))
    : keepBefore(event, operation, means, () => (isAlone ? alone(caller, means, act) : act(means.signal)));
}

/** Broken off: what stands is told, and how to go on. */
function throwEnd(error: unknown, { operation, given }: OperationRequest, signal: AbortSignal): never {
  if (failureOf(error, signal).code !== 'CANCELLED') throw error;
  const unchanged = 'nothing was changed';
  const stands = changes(operation, given) ? operation.brokenOff : unchanged;
  const text = `Broken off${stands === undefined ? '' : `: ${stands}`}. It can be asked for again.`;
  throw new AdminError('CANCELLED', text);
}

async function keepBefore(
  event: ActionBegun,
  { keeps }: AnyOperation,
  means: Means,
  act: () => Promise<object>,
): Promise<object> {
  const log = new ActionLog(means.nats);
  await log.append(event).catch((error: unknown) => {
    throw new OperationRefused(
      `Nothing was done: what is done must be kept first, and the ADMIN stream did not take it ` +
        `(${describe(error)}). Where it is missing, npm run admin -- setup makes it.`,
      { cause: error },
    );
  });
  const outcome = await settled(act, means.signal);
  // What an operation keeps is made of its own results.
  const kept = outcome.result === null ? undefined : keeps?.(outcome.result as never);
  const end = ended(event, outcome.as, outcome.code, kept);
  await log.append(end).catch(() => means.say('It has ended, but its end could not be kept in ADMIN.'));
  return outcome.value();
}

/** Where there is no stream yet: both events at the end, if there is one then. */
async function keepAfterwards(event: ActionBegun, means: Means, act: () => Promise<object>): Promise<object> {
  const outcome = await settled(act, means.signal);
  try {
    const log = new ActionLog(means.nats);
    await log.append(event);
    await log.append(ended(event, outcome.as, outcome.code));
  } catch {
    means.say('There is no ADMIN stream to keep this action in: npm run admin -- setup makes it.');
  }
  return outcome.value();
}

interface Outcome {
  readonly as: 'done' | 'refused' | 'failed' | 'cancelled';
  readonly code: string | null;
  readonly result: object | null;
  value(): object;
}

async function settled(act: () => Promise<object>, signal: AbortSignal): Promise<Outcome> {
  try {
    const result = await act();
    return { as: 'done', code: null, result, value: () => result };
  } catch (error) {
    const { code } = failureOf(error, signal);
    const refusals = ['OPERATION_REFUSED', 'BUSY', 'INVALID_PARAMS', 'FORBIDDEN'];
    const as = code === 'CANCELLED' ? 'cancelled' : refusals.includes(code) ? 'refused' : 'failed';
    return {
      as,
      code,
      result: null,
      value: () => {
        throw error;
      },
    };
  }
}

/** Two that change at once would each stand on what the other moves: the second is refused. */
async function alone(
  { name }: ActionActor,
  means: Means,
  act: (signal: AbortSignal) => Promise<object>,
): Promise<object> {
  const lost = new AbortController();
  const lease = await Lease.acquire(means.nats, {
    key: changing_lease_key,
    holder: `${name.replaceAll(/[^A-Za-z0-9_-]/g, '_')}-${randomUUID()}`,
    onLost: () => lost.abort(new Error('Somebody else has begun to change things.')),
  });
  if (lease === null)
    throw new AdminError(
      'BUSY',
      'Another operation that changes things is under way, or was killed less than 10 s ago: npm run admin -- actions list shows it.',
      10_000,
    );
  try {
    return await act(AbortSignal.any([means.signal, lost.signal]));
  } finally {
    await Promise.race([lease.release(), pause(2_000, undefined, { ref: false })]);
  }
}
