import type { KeyObject } from 'node:crypto';
import { v7 as uuidV7 } from 'uuid';
import { ruleOf } from '#domain/authority/authority.js';
import { directChatId, requestedChatId } from '#domain/kernel/ids.js';
import { commandEnded, frameEnded, queryEnded, step, type Step } from '#observability/request-spans.js';
import type { About } from '#observability/span-attributes.js';
import { childOf, childOrNew, textOf, within } from '#observability/trace.js';
import type { ApplicationError } from '#protocol/errors.js';
import { errorResponse, resultResponse, type JsonRpcResponse } from '#protocol/json-rpc.js';
import { isMethodName, methodFor, methods, type MethodName } from '#protocol/methods.js';
import type { ChatsCreateParams } from '#protocol/methods/chats.js';
import { validate } from '#protocol/validate.js';
import { StoreUnavailable } from '#streams/event-store.js';
import type { Identity, Refused, Reply } from '#streams/requests.js';
import type { CommandTarget } from '#streams/subjects.js';
import { sha256 } from '#streams/sha256.js';
import { type Ask, refused } from './ask.js';
import type { Caller } from './caller.js';
import { withChat } from './chat-answers.js';
import { contactsSync } from './contacts-sync.js';
import { Refusal } from '#protocol/refusal.js';
import type { Frame, RpcMistake, RpcRequest } from './frame.js';
import type { RequestLimits } from './request-limits.js';
import { measureRequest } from './request-metrics.js';
import { snapshotWithToken } from './snapshot-answer.js';
import type { SyncTokens } from './sync-tokens.js';

type Params = Readonly<Record<string, unknown>>;

/** What the edge answers by itself: `session.*` and `updates.*`. Throws `Refusal` to refuse. */
export type EdgeMethods<C extends Caller> = Partial<
  Record<MethodName, (caller: C, params: never) => Promise<object>>
>;

export interface DispatchOptions<C extends Caller> {
  readonly ask: Ask;
  readonly edgeMethods: EdgeMethods<C>;
  readonly syncTokens: SyncTokens;
  readonly limits: RequestLimits;
  readonly epochOf: (userId: string) => Promise<number>;
  readonly phoneHash: KeyObject;
  /** Told of what no rule foresaw, never of what the request held. */
  readonly onFailure: (method: string, error: unknown) => void;
}

/**
 * A frame in, its answer out: checks shape, size and limits, finds the route, translates replies. Commands are put in their
 * chat's lane before this first waits for anything, so that frames given to `answer` in order are applied in order.
 */
export class Dispatch<C extends Caller> {
  constructor(private readonly options: DispatchOptions<C>) {}

  /** Null when there is nothing to answer (notifications). Never rejects. */
  async answer(caller: C, frame: Frame): Promise<JsonRpcResponse | readonly JsonRpcResponse[] | null> {
    if (frame.kind === 'one') return this.answerItem(caller, frame.item);
    const responses = await Promise.all(frame.items.map((item) => this.answerItem(caller, item)));
    const answered = responses.filter((response) => response !== null);
    return answered.length === 0 ? null : answered;
  }

  private async answerItem(caller: C, item: RpcRequest | RpcMistake): Promise<JsonRpcResponse | null> {
    const begunMs = performance.now();
    const reply = 'mistake' in item ? await this.mistaken(caller, item) : await this.traced(caller, item);
    const code = 'error' in reply ? reply.error.code : undefined;
    measureRequest('method' in item ? item.method : '', begunMs, code);
    if (item.id === undefined) return null;
    return 'error' in reply
      ? errorResponse(item.id, reply.error as ApplicationError)
      : resultResponse(item.id, reply.result);
  }

  /** Counts as well: to say what is wrong is work. */
  private async mistaken(caller: C, { mistake }: RpcMistake): Promise<Refused> {
    const limited = caller.inTurn(() => this.options.limits.take(caller, '', null));
    return (await limited) ?? { error: mistake };
  }

  private async traced(caller: C, { method, params }: RpcRequest): Promise<Outcome> {
    const frame = step(childOrNew(caller.span), caller.span);
    const outcome = await within(frame.span, () => this.bounded(caller, frame, method, params));
    const named = isMethodName(method) ? method : 'unknown';
    const { transport, identity, clientSpan } = caller;
    frameEnded(frame, named, transport, { ...identity, ...aboutChat(params) }, outcome, clientSpan);
    return outcome;
  }

  private async bounded(caller: C, frame: Step, method: string, params: unknown): Promise<Outcome> {
    if (!caller.enter()) return refused('BUSY');
    try {
      const taking = caller.inTurn(() => this.options.limits.take(caller, method, params));
      const limited = taking instanceof Promise ? await taking : taking;
      if (limited) return limited;
      return await this.carryOut(caller, frame, method, params);
    } catch (error) {
      if (error instanceof Refusal) return { error: error.error };
      if (error instanceof StoreUnavailable) return refused('UNAVAILABLE');
      this.options.onFailure(isMethodName(method) ? method : 'unknown', error);
      return refused('INTERNAL');
    } finally {
      caller.leave();
    }
  }

  private async carryOut(caller: C, frame: Step, name: string, given: unknown): Promise<Outcome> {
    const rule = ruleOf(name);
    if (!isMethodName(name) || rule === undefined) return refused('METHOD_NOT_FOUND');
    const { route, params: dto } = methods[name];
    const atEdge = this.options.edgeMethods[name];
    if (route === 'session' && !atEdge) return refused('METHOD_NOT_FOUND');
    const { identity } = caller;
    if (identity === null && rule.about !== 'signing_in') return refused('SESSION_REQUIRED');
    const validated = validate(dto, name === 'chats.create' ? withKey(given) : given);
    if (!validated.ok) return refused('INVALID_PARAMS', { details: validated.details });
    const params = validated.params as Params;
    if (atEdge) return { result: await atEdge(caller, params as never) };
    if (route === 'query') return this.query(caller, frame, name, params);
    return this.command(caller, frame, identity!, name, params);
  }

  private async command(
    caller: C,
    frame: Step,
    identity: Identity,
    method: MethodName,
    params: Params,
  ): Promise<Outcome> {
    const asked = step(childOf(frame.span), frame.span);
    const command = { command_id: uuidV7(), method, params, traceparent: textOf(asked.span) };
    const answered = (to: CommandTarget, reply: Reply): Reply => {
      const { command_id } = command;
      commandEnded(
        asked,
        to,
        method,
        { command_id, ...identity, ...aboutChat(params), ...sent(reply) },
        reply,
      );
      return remember(caller, reply);
    };
    if (methodFor(method, params).route === 'account-command') {
      // About a chat that may just be in the making.
      const chat =
        typeof params['chat_id'] === 'string' ? caller.lanes.settled(params['chat_id']) : undefined;
      return answered('account', await caller.accountLanes.submit(identity.user_id, command, chat));
    }
    const chatId = aggregateOf(method, identity, params);
    const submit = (after?: Promise<unknown>) =>
      caller.lanes.submit(chatId, command, after).then((reply) => answered('chat', reply));
    const chat = () => this.ask(caller, frame, 'chats.get', { chat_id: chatId });
    const isLeaving =
      method === 'chats.leave' || (method === 'chats.removeMember' && params['user_id'] === identity.user_id);
    return withChat(method, chatId, { isLeaving, submit, chat, settled: () => caller.lanes.settled(chatId) });
  }

  /** After the commands of the same connection and chat, or to the caller's account, that were sent before it. */
  private async query(caller: C, frame: Step, method: MethodName, params: Params): Promise<Outcome> {
    const { epochOf, phoneHash, syncTokens } = this.options;
    for (const chatId of chatsOf(params)) await caller.lanes.settled(chatId);
    if (caller.identity) await caller.accountLanes.settled(caller.identity.user_id);
    const asked = (asking: Params) => this.ask(caller, frame, method, asking);
    if (method === 'contacts.sync') return contactsSync(phoneHash, params['phones'] as string[], asked);
    const reply = await asked(params);
    return method === 'sync.snapshot'
      ? snapshotWithToken(syncTokens, epochOf, caller.identity!.user_id, reply)
      : reply;
  }

  private async ask(caller: C, frame: Step, method: string, params: Params): Promise<Reply> {
    const request = { identity: caller.identity!, params, seen: caller.seen.positions };
    const asked = step(childOf(frame.span), frame.span);
    const reply = await within(asked.span, () => this.options.ask.query(method, request));
    queryEnded(asked, method, reply);
    return remember(caller, reply);
  }
}

type Outcome = { readonly result: object } | Refused;

/** Every creation has a key, from which the chat's id is derived; who gives none gets a new one. */
function withKey(given: unknown): unknown {
  if (given === null || typeof given !== 'object' || Array.isArray(given)) return given;
  return Object.hasOwn(given, 'client_request_id') ? given : { ...given, client_request_id: uuidV7() };
}

function aggregateOf(method: MethodName, { user_id }: Identity, params: Params): string {
  const { aggregate } = methodFor(method, params);
  if (aggregate === 'chat_id') return params['chat_id'] as string;
  if (aggregate === 'direct_chat') return directChatId(sha256, user_id, params['user_id'] as string);
  const { kind, member_ids, client_request_id } = params as unknown as ChatsCreateParams;
  return kind === 'direct'
    ? directChatId(sha256, user_id, member_ids[0]!)
    : requestedChatId(sha256, user_id, client_request_id);
}

/** For spans, which look at what it is: a request that is refused may have anything there. */
function aboutChat(params: unknown): Pick<About, 'chat_id'> {
  return { chat_id: (params as { chat_id?: string } | null | undefined)?.chat_id };
}

const sent = (reply: Reply): Pick<About, 'seq'> =>
  'result' in reply ? { seq: reply.result['seq'] as number | undefined } : {};

/** The chats that a query is about. */
function chatsOf({ chat_id, watermarks }: Params): readonly string[] {
  if (typeof watermarks === 'object' && watermarks !== null) return Object.keys(watermarks);
  return typeof chat_id === 'string' ? [chat_id] : [];
}

function remember(caller: Caller, reply: Reply): Reply {
  if ('seen' in reply) caller.seen.add(reply.seen);
  return reply;
}
