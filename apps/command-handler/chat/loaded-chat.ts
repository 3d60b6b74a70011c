import type { Pointers } from '#domain/chat/index.js';
import { chatDecider, pointersOfHead, resolvePointers, restoreChat } from '#domain/chat/index.js';
import type { ChatDecision, ChatState } from '#domain/chat/state.js';
import { StoreDamaged, type EventStore, type LoadedAggregate } from '#streams/event-store.js';
import { chatSubject } from '#streams/subjects.js';
import {
  emptyRun,
  extendedRun,
  joinedRun,
  runOf,
  type RecentDecision,
  type RecentRun,
} from './recent-run.js';

/** A chat as of its head: what the next decision is decided on, built from, and guarded by. */
export interface LoadedChat {
  readonly chatId: string;
  readonly stream: string;
  /** The head's sequence: what an append expects. 0 when there is no decision. */
  readonly head: number;
  readonly state: ChatState;
  readonly pointers: Pointers | null;
  readonly run: RecentRun;
}

/** As the stream's leader has it now. What was `known` before lengthens the run, where the two meet. */
export async function loadChat(
  store: EventStore,
  chat: { readonly chatId: string; readonly stream: string },
  known?: LoadedChat,
): Promise<LoadedChat> {
  const loaded = (await store.load(chatSubject(chat.chatId), {
    fresh: true,
  })) as LoadedAggregate<ChatDecision> | null;
  const { chatId, stream } = chat;
  if (loaded === null) {
    return { chatId, stream, head: 0, state: chatDecider.initialState, pointers: null, run: emptyRun() };
  }
  if (loaded.missing.length > 0) {
    throw new StoreDamaged(`${stream} no longer holds ${loaded.missing.join(', ')}, which a head points at`);
  }
  const { head, decisions, membersFrom } = loaded;
  const state = restoreChat(
    decisions.map(({ decision }) => decision),
    membersFrom?.decision ?? null,
  );
  const run = known ? joinedRun(known.run, runOf(loaded)) : runOf(loaded);
  const pointers = pointersOfHead(head.sequence, head.decision.header);
  return { chatId, stream, head: head.sequence, state, pointers, run };
}

/** After a batch that was stored from `firstSequence` on. */
export function advancedChat(
  chat: LoadedChat,
  batch: {
    readonly state: ChatState;
    readonly pointers: Pointers;
    readonly appended: readonly RecentDecision[];
  },
  firstSequence: number,
): LoadedChat {
  const appended = batch.appended.map((decision, index) => ({
    ...decision,
    sequence: firstSequence + index,
  }));
  return {
    ...chat,
    head: firstSequence + appended.length - 1,
    state: batch.state,
    pointers: resolvePointers(batch.pointers, firstSequence),
    run: extendedRun(chat.run, appended),
  };
}
