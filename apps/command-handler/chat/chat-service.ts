import { randomBytes } from 'node:crypto';
import { chatDeciderWith, stayOf, type ChatLimits, type Member } from '#domain/chat/index.js';
import { refusalInChat } from '#domain/authority/authority.js';
import { saltedBody } from '#domain/chat/salted-body.js';
import { directChatId, isUuid, requestedChatId } from '#domain/kernel/ids.js';
import type { Secrets } from '#edge/secrets.js';
import { decideEnded, step, type Step } from '#observability/request-spans.js';
import { childOrNew, spanOf, textOf, within } from '#observability/trace.js';
import type { ErrorCode } from '#protocol/errors.js';
import type { DirectSetBlockedParams } from '#protocol/internal-requests.js';
import { CallsRequestParams } from '#protocol/methods/calls.js';
import { ChatsCreateParams } from '#protocol/methods/chats.js';
import { TypingSetParams } from '#protocol/methods/typing.js';
import { validate } from '#protocol/validate.js';
import { append_decisions_max, type EventStore } from '#streams/event-store.js';
import {
  nothingSeen,
  type CommandRequest,
  type CommandsReply,
  type CommandsRequest,
  type Identity,
  type Reply,
} from '#streams/requests.js';
import { sha256 } from '#streams/sha256.js';
import { streamOf } from '#streams/subjects.js';
import type { Clock } from '../clock.js';
import type { CommandOrigin } from '../decision-meta.js';
import { refusalFor } from '../failures.js';
import { requestMark } from '../idempotency.js';
import { Mailboxes } from '../mailboxes.js';
import { MembersExist } from '../members-exist.js';
import type { ReadModels } from '../read-models.js';
import { Receipts } from '../receipts.js';
import { Refusal } from '#protocol/refusal.js';
import { refused } from '../refusal.js';
import { CallSignals, type TellSignal } from './call-signals.js';
import { ChatWriter } from './chat-writer.js';
import { brought_decisions_max, DirectBlocks } from './direct-blocks.js';
import { loadChat, type LoadedChat } from './loaded-chat.js';
import { LoadedChats } from './loaded-chats.js';
import { LookUps } from './look-ups.js';
import { chatMethods } from './methods.js';
import type { PendingCommand } from './pending-command.js';
import { ReadCursors } from './read-cursors.js';
import { Typing, type TellTyping } from './typing.js';
import { findByKey } from './recent-run.js';

const chat_queue_commands_max = 512;
const busy_retry_after_ms = 200;
const salt_bytes = 16;
const nil_id = '00000000-0000-0000-0000-000000000000';

export interface ChatDependencies {
  readonly store: EventStore;
  readonly models: ReadModels;
  readonly secrets: Pick<Secrets, 'requestHash'>;
  readonly clock: Clock;
  readonly streamsPerFamily: number;
  readonly tellTyping: TellTyping;
  readonly tellSignal: TellSignal;
  /** By default those of the domain. */
  readonly limits?: Partial<ChatLimits>;
}

/** No account has it. */
const nobody: Identity = { user_id: nil_id, device_id: nil_id };

export interface Membership {
  readonly member: Member;
  readonly stay: number;
  /** Of the chat. */
  readonly last_seq: number;
  readonly after: number;
}

type Prepared = Omit<PendingCommand, 'answer'>;

/**
 * Commands of chats. Whatever may have to wait (look-ups) is done before a command joins its chat's queue; there, all that
 * waits for one chat is decided in a row and stored as one batch. The commands of a request keep their order, and one
 * that is refused does not hold up those after it.
 */
export class ChatService {
  private readonly chats = new LoadedChats();
  private readonly writer: ChatWriter;
  private readonly lookUps: LookUps;
  private readonly membersExist: MembersExist;
  private readonly typing: Typing;
  private readonly blocks: DirectBlocks;
  private readonly queues: Mailboxes<PendingCommand>;

  constructor(private readonly dependencies: ChatDependencies) {
    const { store, models, clock, streamsPerFamily, limits = {} } = dependencies;
    const decider = chatDeciderWith(limits);
    const cursors = new ReadCursors(new Receipts(store, clock, streamsPerFamily), models);
    this.blocks = new DirectBlocks(store);
    const signals = new CallSignals(dependencies.tellSignal);
    this.writer = new ChatWriter(
      store,
      this.chats,
      cursors,
      this.blocks,
      signals,
      clock,
      streamsPerFamily,
      decider,
    );
    this.lookUps = new LookUps(models, store, clock.keysNowMs);
    this.membersExist = new MembersExist(models, store);
    this.typing = new Typing(dependencies.tellTyping);
    const bounds = {
      waiting_jobs_max: chat_queue_commands_max,
      batch_jobs_max: append_decisions_max - brought_decisions_max,
    };
    this.queues = new Mailboxes(bounds, (chatId, batch) => this.writer.write(chatId, batch));
  }

  async handle(request: CommandsRequest, traceparent?: string): Promise<CommandsReply> {
    const steps = request.commands.map((command) => deciding(command, traceparent));
    const begin = (command: CommandRequest, { span }: Step) =>
      within(span, () => this.begun(request, command, textOf(span)).catch(refusalFor));
    const begun = await Promise.all(request.commands.map((command, index) => begin(command, steps[index]!)));
    const isReady = (one: Prepared | Reply): one is Prepared => 'definition' in one;
    const answers = this.posted(request.aggregate_id, begun.filter(isReady));
    const replies = begun.map(async (one, index) => {
      const reply = isReady(one) ? await answers.shift()! : one;
      tellDecided(steps[index]!, request, request.commands[index]!, reply);
      return reply;
    });
    return { replies: await Promise.all(replies) };
  }

  /** What the account of `origin`'s user says of the other one, to their direct chat, if there is one. Throws a Refusal. */
  async bringBlock(
    { identity, commandId, traceparent }: CommandOrigin,
    other: string,
    told: Omit<DirectSetBlockedParams, 'chat_id'>,
  ): Promise<void> {
    const chat_id = directChatId(sha256, identity.user_id, other);
    const command = { command_id: commandId, method: 'direct.setBlocked', params: { chat_id, ...told } };
    const request = { identity, aggregate_id: chat_id, commands: [command] };
    const { replies } = await this.handle(request, traceparent);
    const [reply] = replies;
    if (reply !== undefined && 'error' in reply && reply.error.code !== 'NOT_A_MEMBER') {
      throw new Refusal(reply.error.code as ErrorCode, reply.error);
    }
  }

  /** What of these is due goes. Whoever does it, and however often, it goes once. */
  async expire(chat_id: string, seqs: readonly number[]): Promise<Reply> {
    const command = {
      command_id: this.dependencies.clock.nextId(),
      method: 'messages.expire',
      params: { chat_id, seqs },
    };
    const request = { identity: nobody, aggregate_id: chat_id, commands: [command] };
    return (await this.handle(request)).replies[0]!;
  }

  /** The same of a call. */
  async expireCall(chat_id: string, call_id: string): Promise<Reply> {
    const params = { chat_id, call_id };
    const command = { command_id: this.dependencies.clock.nextId(), method: 'calls.expire', params };
    const request = { identity: nobody, aggregate_id: chat_id, commands: [command] };
    return (await this.handle(request)).replies[0]!;
  }

  /** As the chat's leader has it, and where; null for strangers and chats that do not exist. */
  async membership(chatId: string, userId: string): Promise<Membership | null> {
    const { store, streamsPerFamily } = this.dependencies;
    const { state, head } = await loadChat(store, {
      chatId,
      stream: streamOf('CHAT', chatId, streamsPerFamily),
    });
    if (state.status === 'none') return null;
    const member = state.members.get(userId);
    if (member === undefined) return null;
    return { member, stay: stayOf(member), last_seq: state.last_seq, after: head };
  }

  /** Another handler may have served the range since: what is known of its chats may be outdated. */
  forgetRange(range: number): void {
    this.chats.forgetRange(range);
  }

  private begun(
    request: CommandsRequest,
    command: CommandRequest,
    traceparent: string,
  ): Promise<Prepared | Reply> {
    if (command.method === 'typing.set') return this.typed(request, command, traceparent);
    return this.prepared(request, command, traceparent);
  }

  /** Told at once, and not decided. A read mark that it carries is a command like any other, but for its answer. */
  private async typed(
    request: CommandsRequest,
    command: CommandRequest,
    traceparent: string,
  ): Promise<Reply> {
    const { user_id } = request.identity;
    const { chat_id, action, read_seq } = checked(TypingSetParams, command.params);
    if (chat_id !== request.aggregate_id) throw otherChat();
    const { state } = await this.writer.known(chat_id);
    const chat = state.status === 'active' ? state : null;
    const refusal = refusalInChat('typing.set', chat, chat?.members.get(user_id) ?? null);
    if (chat === null || refusal !== null) throw new Refusal(refusal?.code ?? 'NOT_A_MEMBER');
    this.typing.set(chat, user_id, action);
    if (read_seq === undefined) return { result: {}, seen: nothingSeen };
    const params = { chat_id, seq: read_seq };
    const read = await this.prepared(request, { ...command, method: 'messages.read', params }, traceparent);
    const reply = await this.posted(chat_id, [read])[0]!;
    return 'error' in reply ? reply : { ...reply, result: {} };
  }

  private posted(chatId: string, commands: readonly Prepared[]): Promise<Reply>[] {
    const pending: PendingCommand[] = [];
    const answers = commands.map((command) =>
      new Promise<Reply>((answer) => void pending.push({ ...command, answer })).catch(refusalFor),
    );
    if (pending.length === 0 || this.queues.post(chatId, pending)) return answers;
    return commands.map(() => Promise.resolve(refused('BUSY', { retry_after_ms: busy_retry_after_ms })));
  }

  private async prepared(
    { identity, aggregate_id: chatId }: CommandsRequest,
    { command_id: commandId, method, params: given }: CommandRequest,
    traceparent: string,
  ): Promise<Prepared> {
    const { clock, secrets, streamsPerFamily } = this.dependencies;
    const definition = Object.hasOwn(chatMethods, method) ? chatMethods[method] : undefined;
    if (!definition) throw new Refusal('METHOD_NOT_FOUND');
    const params = checked(definition.params, given);
    if (!isUuid(chatId) || chatIdOf(params, identity.user_id) !== chatId) throw otherChat();
    const { keyField, seqsOf, usersOf, contentOf, bySystem } = definition;
    const mark = keyField && requestMark(secrets.requestHash, keyField, method, { ...params });
    const chat = () => this.writer.known(chatId);
    const users = usersOf?.(params) ?? [];
    const isCalled = params instanceof CallsRequestParams && (await chat()).state.status === 'active';
    const isRepeat = async () => mark && findByKey((await chat()).run, identity.user_id, mark.id);
    if (users.length > 0 && !isCalled && !(await isRepeat())) await this.membersExist.check(users);
    const met = metBy(params);
    if (met !== undefined) await this.assertMayMeet(identity.user_id, met, chat);
    const place = { chatId, stream: streamOf('CHAT', chatId, streamsPerFamily) };
    const needs = {
      chat: place,
      userId: identity.user_id,
      mark: mark ?? undefined,
      isSystem: bySystem,
      seqs: seqsOf?.(params) ?? [],
    };
    const lookups = this.lookUps.areNeeded(needs) ? await this.lookUps.find(needs, chat) : {};
    const body = contentOf ? saltedBody(sha256, contentOf(params), randomBytes(salt_bytes)) : null;
    return {
      chatId,
      method,
      definition,
      params,
      identity,
      commandId,
      body,
      lookups,
      decisionId: clock.nextId(),
      traceparent,
      ...(mark && { mark }),
      ...(bySystem && { isSystem: bySystem }),
    };
  }

  /** A chat that is there already is what making it again answers, blocked or not. */
  private async assertMayMeet(
    userId: string,
    peerId: string,
    chat: () => Promise<LoadedChat>,
  ): Promise<void> {
    if ((await chat()).state.status === 'active') return;
    if (await this.blocks.standBetween(userId, peerId)) throw new Refusal('BLOCKED');
  }
}

function deciding({ traceparent }: CommandRequest, ofRequest: string | undefined): Step {
  const parent = spanOf(traceparent ?? ofRequest);
  return step(childOrNew(parent), parent);
}

function tellDecided(
  deciding: Step,
  { identity, aggregate_id: chat_id }: CommandsRequest,
  { command_id, method }: CommandRequest,
  reply: Reply,
): void {
  const seq = 'result' in reply ? (reply.result['seq'] as number | undefined) : undefined;
  const known = Object.hasOwn(chatMethods, method) || method === 'typing.set' ? method : 'unknown';
  decideEnded(deciding, 'chat', known, { command_id, chat_id, seq, ...identity }, reply);
}

function checked<P extends object>(type: new () => P, given: CommandRequest['params']): P {
  const validated = validate(type, given);
  if (!validated.ok) throw new Refusal('INVALID_PARAMS', { details: validated.details });
  return validated.params;
}

const otherChat = (): Refusal =>
  new Refusal('INVALID_PARAMS', { details: { aggregate_id: 'the id of the chat' } });

/** With whom a direct chat is made by it, where there is none. */
function metBy(params: object): string | undefined {
  if (params instanceof CallsRequestParams) return params.user_id;
  return params instanceof ChatsCreateParams && params.kind === 'direct' ? params.member_ids[0] : undefined;
}

/** The chat that the parameters name, or the one that they create: its id follows from who asks for what. */
function chatIdOf(params: object, userId: string): string | undefined {
  if (params instanceof CallsRequestParams) return directChatId(sha256, userId, params.user_id);
  if (!(params instanceof ChatsCreateParams)) return (params as { chat_id?: string }).chat_id;
  return params.kind === 'direct'
    ? directChatId(sha256, userId, params.member_ids[0] ?? userId)
    : requestedChatId(sha256, userId, params.client_request_id);
}
