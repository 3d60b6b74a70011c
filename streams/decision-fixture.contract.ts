import { expect } from 'vitest';
import type { Decision } from '#domain/kernel/decision.js';
import type { AppendResult, EventStore } from './event-store.js';
import { chatSubject, streamOf } from './subjects.js';

/** What a contract run needs of an implementation beside the port: erasing as the sweep does, and its topology. */
export interface ContractSubject {
  readonly store: EventStore;
  readonly streamsPerFamily: number;
  erase(stream: string, sequence: number): Promise<void>;
}

let made = 0;
/** A new id each time, the same in every run. */
export const newId = (): string => `00000000-0000-4000-8000-${(made += 1).toString(16).padStart(12, '0')}`;

/** A decision as far as the store cares: pointers, a mark that tells it from others, perhaps state and members. */
export function decision(mark: string, rest: Partial<Decision> = {}): Decision {
  return {
    format: 1,
    decision_id: newId(),
    meta: {
      occurred_at_ms: 1_763_700_000_000,
      actor: { user_id: newId(), device_id: null },
      command_id: newId(),
      causation_id: newId(),
      correlation_id: newId(),
    },
    header: { state_at: 0, since: [], members_at: 0 },
    events: [
      {
        event_id: newId(),
        type: 'ReactionSet',
        version: 1,
        chat_pts: 1,
        data: { seq: 1, user_id: newId(), emoji: `${mark} 👋 ü`, reactions: [] },
      },
    ],
    ...rest,
  };
}

/** What the contract's cases share. The implementation is asked for late, because suites start theirs in a hook. */
export function contractRun(subject: () => ContractSubject) {
  const store = () => subject().store;
  const chatStream = (chatId: string) => streamOf('CHAT', chatId, subject().streamsPerFamily);

  async function appended(result: Promise<AppendResult>): Promise<{ stream: string; firstSequence: number }> {
    const settled = await result;
    expect(settled.kind).toBe('appended');
    if (settled.kind !== 'appended') throw new Error(`not appended: ${settled.kind}`);
    return settled;
  }

  /** Decisions of other chats in the very stream that holds this one. */
  async function foreignDecisions(chatId: string, count: number): Promise<number[]> {
    const sequences: number[] = [];
    while (sequences.length < count) {
      const other = newId();
      if (chatStream(other) !== chatStream(chatId)) continue;
      sequences.push(
        (await appended(store().append(chatSubject(other), 0, [decision('foreign')]))).firstSequence,
      );
    }
    return sequences;
  }

  return { store, chatStream, appended, foreignDecisions };
}
