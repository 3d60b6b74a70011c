/** Brings a batch of commands of one chat into its stream, and answers each: conflicts, repeats and lost answers here. */
import { setTimeout as delay } from 'node:timers/promises';
import type { StoredDecision, EventStore } from '#streams/event-store.js';
import type { chatDecider } from '#domain/chat/decider.js';
import type { ChatDecision } from '#domain/chat/state.js';
import { streamOf } from '#streams/subjects.js';
import { chatSubject } from '#streams/subjects.js';
import type { Clock } from '../clock.js';
import { countRetry } from '../decision-retries.js';
import { logFailure, refusalFor } from '../failures.js';
import { Refusal } from '#protocol/refusal.js';
import type { CallSignals } from './call-signals.js';
import type { DirectBlocks } from './direct-blocks.js';
import { decideRow, type Outcome, type Row } from './decide-row.js';
import { advancedChat, loadChat, type LoadedChat } from './loaded-chat.js';
import type { LoadedChats } from './loaded-chats.js';
import type { PendingCommand } from './pending-command.js';
import type { ReadCursors } from './read-cursors.js';
import { recentOf, type RecentDecision } from './recent-run.js';
import { replyFromDecision, resultOf, seenAt } from './replies.js';

/** In a row without anything stored in between. */
const attempts_max = 10;
const back_off_ms_max = 40;
const conflict_retry_after_ms = 200;

/** A batch under way: what is still to be answered, and the chat as this writer knows it. */
interface Progress {
  readonly open: readonly PendingCommand[];
  readonly chat: LoadedChat;
  /** Known from the stream's leader since the batch began: a refusal may rest on it. */
  readonly confirmed: boolean;
  readonly oneByOne: boolean;
  readonly failures: number;
}

export class ChatWriter {
  constructor(
    private readonly store: EventStore,
    private readonly chats: LoadedChats,
    private readonly cursors: ReadCursors,
    private readonly blocks: DirectBlocks,
    private readonly signals: CallSignals,
    private readonly clock: Clock,
    private readonly streamsPerFamily: number,
    private readonly decider: typeof chatDecider,
  ) {}

  /** Never throws: every command is answered. One writer a chat at a time, or they only make each other's conflicts. */
  async write(chatId: string, batch: readonly PendingCommand[]): Promise<void> {
    try {
      const known = this.chats.get(chatId);
      const chat = known ?? (await this.load(chatId));
      const open = [...(await this.blocks.missing(chat)), ...batch];
      let progress: Progress = { open, chat, confirmed: !known, oneByOne: false, failures: 0 };
      while (progress.open.length > 0) progress = await this.step(progress);
    } catch (error) {
      this.chats.forget(chatId);
      const refused = refusalFor(error);
      for (const command of batch) command.answer(refused);
    }
  }

  /** The chat as it is known now; loads it when it is not. */
  async known(chatId: string): Promise<LoadedChat> {
    return this.chats.get(chatId) ?? this.load(chatId);
  }

  private async step(progress: Progress): Promise<Progress> {
    const { chat, oneByOne, open } = progress;
    const turn = oneByOne ? open.slice(0, 1) : open;
    const row = decideRow(chat, turn, this.clock, this.decider);
    if (row.decisions.length === 0) {
      if (!progress.confirmed && row.outcomes.some(restsOnState)) return this.reloaded(progress);
      return this.answered(progress, turn, row, chat);
    }
    const result = await this.store.append(
      chatSubject(chat.chatId),
      chat.head,
      row.decisions,
      row.messageIds,
    );
    switch (result.kind) {
      case 'appended': {
        const { state, appended } = row;
        const advanced = advancedChat(
          chat,
          { state, pointers: row.pointers!, appended },
          result.firstSequence,
        );
        this.chats.set(advanced);
        return this.answered(progress, turn, row, advanced);
      }
      case 'too_large':
        return turn.length > 1 ? { ...progress, oneByOne: true } : tooLarge(progress);
      case 'duplicate':
        return turn.length > 1
          ? this.reloaded({ ...progress, oneByOne: true })
          : this.duplicate(progress, result.sequence);
      case 'conflict':
      case 'unknown':
        return this.failed(progress, result.kind);
    }
  }

  /** Decided again on what the leader has now; commands that turn out to be stored are answered as such. */
  private async reloaded(progress: Progress): Promise<Progress> {
    const chat = await this.load(progress.chat.chatId, progress.chat);
    const stored = new Map(chat.run.decisions.map((decision) => [decision.decision_id, decision]));
    const open = progress.open.filter((command) => {
      const decision = stored.get(command.decisionId);
      if (decision) command.answer(this.reply(command, decision));
      return !decision;
    });
    return { ...progress, open, chat, confirmed: true };
  }

  private async failed(progress: Progress, kind: 'conflict' | 'unknown'): Promise<Progress> {
    countRetry('chat', kind);
    const failures = progress.failures + 1;
    // First the pause, then the load: what is decided next should be young.
    await delay(Math.random() * Math.min(back_off_ms_max, 2 ** failures));
    const next = await this.reloaded({ ...progress, failures });
    if (failures < attempts_max || next.open.length === 0) return next;
    throw new Refusal(kind === 'conflict' ? 'CONFLICT' : 'UNAVAILABLE', {
      retry_after_ms: conflict_retry_after_ms,
    });
  }

  /** The store has seen the message id of the one command in turn: a repeat from before what the run remembers. */
  private async duplicate(progress: Progress, sequence: number | undefined): Promise<Progress> {
    const [command] = progress.open;
    const { stream } = progress.chat;
    const stored = sequence === undefined ? null : await this.store.read(stream, sequence);
    if (stored === null || command === undefined) return this.failed(progress, 'conflict');
    const decision = recentOf(stored.sequence, (stored as StoredDecision<ChatDecision>).decision);
    const isOurs = decision.decision_id === command.decisionId;
    if (!isOurs && decision.request?.hash !== command.mark?.hash) {
      command.answer({ error: new Refusal('IDEMPOTENCY_MISMATCH').error });
    } else command.answer(this.reply(command, decision));
    return this.reloaded({ ...progress, open: progress.open.slice(1), oneByOne: false, failures: 0 });
  }

  private answered(
    progress: Progress,
    turn: readonly PendingCommand[],
    row: Row,
    chat: LoadedChat,
  ): Progress {
    const appended = row.decisions.length > 0 ? chat.run.decisions.slice(-row.decisions.length) : [];
    for (const [index, command] of turn.entries()) {
      this.answer(command, row.outcomes[index]!, appended, chat);
    }
    return { ...progress, open: progress.open.slice(turn.length), chat, confirmed: true, failures: 0 };
  }

  private answer(
    command: PendingCommand,
    outcome: Outcome,
    appended: readonly RecentDecision[],
    chat: LoadedChat,
  ): void {
    switch (outcome.kind) {
      case 'accepted':
        this.cursors.sent(command.identity.user_id, chat, outcome.answer);
        this.signals.sentAlong(command, appended[outcome.index]!, chat.state);
        return command.answer(this.reply(command, appended[outcome.index]!));
      case 'repeated_in_row':
        return command.answer(this.reply(command, appended[outcome.index]!));
      case 'repeated':
        this.signals.sentAlong(command, outcome.of, chat.state);
        return command.answer(this.reply(command, outcome.of));
      case 'held':
        if (outcome.answer.kind === 'read') {
          return command.answer(this.cursors.move(command, outcome.answer, outcome.reader, chat));
        }
        this.signals.held(command, outcome.answer);
        return command.answer({
          result: resultOf(command, outcome.answer, false),
          seen: seenAt(chat.stream, chat.head),
        });
      case 'refused':
        if (outcome.cause !== undefined) logFailure(outcome.cause);
        return command.answer(outcome.refused);
    }
  }

  private reply(command: PendingCommand, decision: RecentDecision) {
    const stream = streamOf('CHAT', command.chatId, this.streamsPerFamily);
    return replyFromDecision(command, stream, decision);
  }

  private async load(chatId: string, known?: LoadedChat): Promise<LoadedChat> {
    const stream = streamOf('CHAT', chatId, this.streamsPerFamily);
    const chat = await loadChat(this.store, { chatId, stream }, known);
    const present = this.chats.get(chatId);
    if (present === undefined || present.head <= chat.head) this.chats.set(chat);
    return chat;
  }
}

/** A stored decision is a fact for ever; everything else that is not appended is only as true as the state is. */
const restsOnState = (outcome: Outcome): boolean =>
  outcome.kind === 'refused' || (outcome.kind === 'held' && !outcome.lasting);

function tooLarge(progress: Progress): Progress {
  const details = { content: 'smaller' };
  progress.open[0]?.answer({ error: new Refusal('INVALID_PARAMS', { details }).error });
  return { ...progress, open: progress.open.slice(1) };
}
