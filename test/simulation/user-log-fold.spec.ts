/** I5: however a client comes to its state, by every update or by a snapshot and the rest, live or late, it is one. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  applyUpdate,
  emptyUserLog,
  foldUpdate,
  fromSnapshot,
  toChatView,
  type UserLogState,
} from '#domain/user-log/index.js';
import { SimulatedChats } from './simulated-chats.js';
import { sha256, SimulatedLogs } from './simulated-logs.js';
import { batches, people, type Batch, type Person } from './steps.js';

const runs = { numRuns: 40 };

// Broken: read cursors are set instead of raised to the maximum; `put` replaces a later version; message.new does not
// move last_seq; a deleted message keeps its reactions; chat.removed keeps the messages.
it('a snapshot at N, however far ahead, and the updates N+1..M are the updates 1..M', () => {
  fc.assert(
    fc.property(batches, fc.constantFrom(...people), fc.nat(), (all, person, pick) => {
      const logs = logsOf(all);
      const head = logs.logs.get(person)!.length;
      const n = pick % (head + 1);
      const whole = follow(logs, person, emptyUserLog(), 'live');
      const snapshot = logs.snapshot(person, n);
      const resumed = follow(logs, person, fromSnapshot(snapshot), 'late');
      expect(shown(resumed)).toStrictEqual(shown(whole));
      expect(resumed.hash).toBe(logs.logs.get(person)!.at(-1)?.hash ?? whole.hash);
      expect(resumed.hash).toBe(whole.hash);
      expect(shown(fromSnapshot(logs.snapshot(person, head)))).toStrictEqual(shown(whole));
    }),
    runs,
  );
});

// Broken: reactions are counted up instead of taken as they are; unread is counted by message.new.
it('an update met twice changes nothing', () => {
  fc.assert(
    fc.property(batches, fc.constantFrom(...people), (all, person) => {
      const logs = logsOf(all);
      const state = emptyUserLog();
      for (let pts = 1; pts <= logs.logs.get(person)!.length; pts++) {
        const { update } = logs.update(person, pts, 'live');
        foldUpdate(state, update, person);
        const once = structuredClone(state);
        foldUpdate(state, update, person);
        expect(state).toStrictEqual(once);
      }
    }),
    { numRuns: 10 },
  );
});

// Broken: entriesOf leaves out the sender; a removed member is told of what follows.
it('every member of a chat is told of its messages in one order, and of nothing outside of the membership', () => {
  fc.assert(
    fc.property(batches, fc.constantFrom(...people), (all, person) => {
      const state = emptyUserLog();
      const logs = logsOf(all);
      for (let pts = 1; pts <= logs.logs.get(person)!.length; pts++) {
        const { update } = logs.update(person, pts, 'live');
        const chat = 'chat_id' in update ? state.chats.get(update.chat_id) : undefined;
        if (update.type !== 'chat.new') expect(chat).toBeDefined();
        if (update.type === 'message.new') expect(update.seq).toBe(chat!.last_seq + 1);
        if ('seq' in update) expect(update.seq).toBeGreaterThanOrEqual(chat!.visible_from_seq);
        foldUpdate(state, update, person);
      }
    }),
    runs,
  );
});

function logsOf(all: readonly Batch[]): SimulatedLogs {
  const chats = new SimulatedChats();
  for (const batch of all) chats.carryOut(batch);
  return new SimulatedLogs(chats);
}

function follow(
  logs: SimulatedLogs,
  person: Person,
  state: UserLogState,
  told: 'live' | 'late',
): UserLogState {
  for (let pts = state.pts + 1; pts <= logs.logs.get(person)!.length; pts++) {
    applyUpdate(state, logs.update(person, pts, told), person, sha256);
    applyUpdate(state, logs.update(person, pts, told), person, sha256);
  }
  return state;
}

/**
 * What a person sees. A chat's own chat_pts is left out: it counts also what this person may not see, so a log that
 * told of everything visible may end below it.
 */
function shown(state: UserLogState) {
  return [...state.chats.keys()].toSorted().map((chatId) => {
    const { chat_pts: _pts, ...chat } = toChatView(state, chatId)!;
    const messages = [...(state.messages.get(chatId)?.values() ?? [])];
    return { chat, messages: messages.toSorted((one, other) => one.seq - other.seq) };
  });
}
