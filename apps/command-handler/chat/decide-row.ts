/** Decides commands of one chat in a row, each on what those before it left: what comes of it is one batch. Pure. */
import {
  buildChatDecision,
  type chatDecider,
  type ChatAnswer,
  type ChatCommand,
  type ChatDecision,
  type Pointers,
  type ChatState,
  type MessageFacts,
} from '#domain/chat/index.js';
import type { Refused } from '#streams/requests.js';
import type { Clock } from '../clock.js';
import { metaOf } from '../decision-meta.js';
import { keyAge, messageIdOf } from '../idempotency.js';
import { Refusal } from '#protocol/refusal.js';
import { refused } from '../refusal.js';
import { factsAtHead } from './facts.js';
import type { LoadedChat } from './loaded-chat.js';
import type { PendingCommand } from './pending-command.js';
import { readerIn, type Reader } from './read-cursors.js';
import { covers, findByCommand, findByKey, recentOf, type RecentDecision } from './recent-run.js';

export type Outcome =
  /** The row's decision at `index`; its answer is good once the batch is stored. */
  | { readonly kind: 'accepted'; readonly index: number; readonly answer: ChatAnswer }
  /** The key stands for a decision stored before, or for one of this row. */
  | { readonly kind: 'repeated'; readonly of: RecentDecision }
  | { readonly kind: 'repeated_in_row'; readonly index: number }
  /** Nothing to append: it holds already, or it is a read cursor, which is no decision of the chat. */
  | {
      readonly kind: 'held';
      readonly answer: ChatAnswer;
      readonly reader: Reader;
      /** Also true of any later head. */
      readonly lasting: boolean;
    }
  /** `cause`: a failure of ours, to be logged; the commands beside it go on. */
  | { readonly kind: 'refused'; readonly refused: Refused; readonly cause?: unknown };

export interface Row {
  /** One a command, in order. */
  readonly outcomes: readonly Outcome[];
  readonly decisions: readonly ChatDecision[];
  readonly messageIds: readonly string[];
  readonly state: ChatState;
  readonly pointers: Pointers | null;
  /** The same decisions as the run will remember them, still without a sequence. */
  readonly appended: readonly RecentDecision[];
}

export function decideRow(
  chat: LoadedChat,
  commands: readonly PendingCommand[],
  clock: Clock,
  decider: typeof chatDecider,
): Row {
  const deciding = new Deciding(chat, clock, decider);
  const outcomes = commands.map((command) => deciding.outcomeOf(command));
  const { decisions, messageIds, state, pointers, appended } = deciding;
  return { outcomes, decisions, messageIds, state, pointers, appended };
}

class Deciding {
  readonly decisions: ChatDecision[] = [];
  readonly messageIds: string[] = [];
  readonly appended: RecentDecision[] = [];
  state: ChatState;
  pointers: Pointers | null;

  constructor(
    private readonly chat: LoadedChat,
    private readonly clock: Clock,
    private readonly decider: typeof chatDecider,
  ) {
    this.state = chat.state;
    this.pointers = chat.pointers;
  }

  outcomeOf(command: PendingCommand): Outcome {
    try {
      return this.repeated(command) ?? this.decided(command);
    } catch (error) {
      if (error instanceof Refusal) return { kind: 'refused', refused: { error: error.error } };
      return { kind: 'refused', refused: refused('INTERNAL'), cause: error };
    }
  }

  private repeated({ mark, method, commandId, identity, lookups }: PendingCommand): Outcome | null {
    const isSame = ({ request, meta }: RecentDecision) =>
      meta.actor.user_id === identity.user_id &&
      (mark === undefined ? meta.command_id === commandId : request?.id === mark.id);
    const index = this.appended.findLastIndex(isSame);
    const { run } = this.chat;
    const stored =
      mark === undefined
        ? findByCommand(run, identity.user_id, commandId)
        : findByKey(run, identity.user_id, mark.id);
    const known = this.appended[index] ?? stored ?? lookups.request?.found;
    if (known === 'erased') throw new Refusal('MESSAGE_DELETED');
    if (known) {
      if (known.request?.hash !== mark?.hash) throw new Refusal('IDEMPOTENCY_MISMATCH');
      return index >= 0 ? { kind: 'repeated_in_row', index } : { kind: 'repeated', of: known };
    }
    if (lookups.request?.tombstone) return repeatedAfterDeletion(method, lookups.request.tombstone);
    if (mark !== undefined) this.assertNew(mark.id, lookups);
    return null;
  }

  /** Nobody knows the key: is that proof that it is new? */
  private assertNew(key: string, { request }: PendingCommand['lookups']): void {
    const nowMs = this.clock.keysNowMs();
    const age = keyAge(key, nowMs);
    if (age === 'ahead') throw new Refusal('CLOCK_AHEAD', { details: { server_time_ms: nowMs } });
    if (age === 'fresh') return;
    if (request === undefined || !covers(this.chat.run, request.position)) throw new Refusal('NOT_CAUGHT_UP');
  }

  private decided(command: PendingCommand): Outcome {
    const { definition, params, identity, body } = command;
    const at_ms = this.clock.nowMs();
    const chatCommand = definition.command(params, {
      chatId: this.chat.chatId,
      actor: identity,
      at_ms,
      service_msg_id: this.clock.nextId(),
      body,
      factsOf: (seq) => this.factsOf(seq, command),
    });
    const verdict = this.decider.decide(this.state, chatCommand);
    switch (verdict.kind) {
      case 'reject': {
        const { code, details } = verdict.rejection;
        throw new Refusal(code, details ? { details } : {});
      }
      case 'repeat':
        return {
          kind: 'held',
          answer: verdict.answer,
          reader: readerIn(this.state, identity.user_id),
          lasting: isLasting(chatCommand, verdict.answer),
        };
      case 'accept':
        this.build(command, verdict.events, at_ms);
        return { kind: 'accepted', index: this.decisions.length - 1, answer: verdict.answer };
    }
  }

  private build(
    command: PendingCommand,
    events: Parameters<typeof buildChatDecision>[0]['events'],
    at_ms: number,
  ): void {
    const { mark, identity, decisionId, commandId } = command;
    const built = buildChatDecision({
      state: this.state,
      pointers: this.pointers,
      events,
      decision_id: decisionId,
      nextId: this.clock.nextId,
      at_ms,
      meta: metaOf(command),
      ...(mark && { request: mark }),
    });
    this.state = built.state;
    this.pointers = built.pointers;
    this.decisions.push(built.decision);
    this.appended.push(recentOf(0, built.decision));
    this.messageIds.push(messageIdOf(identity.user_id, this.chat.chatId, mark?.id ?? commandId));
  }

  /** A stranger is refused before facts matter, so for strangers nothing is worth waiting for. */
  private factsOf(seq: number, { identity, isSystem, lookups }: PendingCommand): MessageFacts | null {
    const { state } = this;
    if (state.status === 'none' || !(isSystem || state.members.has(identity.user_id))) return null;
    const facts = factsAtHead(seq, identity.user_id, lookups.facts, this.chat.run, this.appended);
    if (facts === 'unknown') throw new Refusal('NOT_CAUGHT_UP');
    return facts;
  }
}

/** What was sent with the key is gone with its hash: another body under the same key is no longer told from a repeat. */
function repeatedAfterDeletion(method: string, of: RecentDecision): Outcome {
  if (method !== 'messages.send') throw new Refusal('IDEMPOTENCY_MISMATCH');
  return { kind: 'repeated', of };
}

/**
 * Messages do not become fewer: only a mark that was held back to the last one may be so wrongly. And a call that has just ended is
 * none to look at the store for with each signal.
 */
const isLasting = (command: ChatCommand, answer: ChatAnswer): boolean =>
  answer.kind === 'signalled' ||
  (command.type === 'ReadChat' && answer.kind === 'read' && command.seq <= answer.last_seq);
