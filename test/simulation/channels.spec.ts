/**
 * Channels: whatever a client is sent first, its own log or the channel's, live or late, and wherever the group became a
 * channel in between, it comes to the state that a snapshot shows (I5). Limits are low, so that most groups become channels
 * in the middle of what happens in them.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { chatDeciderWith, type ChatEvent, type Tombstoned } from '#domain/chat/index.js';
import {
  applyChannelUpdate,
  applyUpdate,
  channelUpdate,
  emptyUserLog,
  fromSnapshot,
  isSeenBy,
  toChatView,
  unseenUpdate,
  type ChannelNotification,
  type UserLogState,
} from '#domain/user-log/index.js';
import { seqOf } from '#domain/chat/index.js';
import { hold } from '#domain/user-log/fold.js';
import { SimulatedChats } from './simulated-chats.js';
import { sha256, SimulatedLogs } from './simulated-logs.js';
import { batches, people, type Batch, type Person } from './steps.js';

const runs = { numRuns: 40 };
type Told = 'live' | 'late';

class World {
  readonly chats: SimulatedChats;
  readonly logs: SimulatedLogs;
  private readonly events = new Map<string, { event: ChatEvent; date_ms: number }[]>();

  constructor(all: readonly Batch[], fanout_members_max: number) {
    this.chats = new SimulatedChats(chatDeciderWith({ fanout_members_max }));
    for (const { chat, steps } of all) {
      // Who is not there from the start comes at some time: then the group outgrows its limit.
      this.chats.carryOut({
        chat,
        steps: steps.filter((step) => step.at_ms !== 1_000 || step.whom !== 'eva'),
      });
    }
    this.logs = new SimulatedLogs(this.chats);
    for (const { chatId, decision } of this.chats.stream) {
      const date_ms = decision.meta.occurred_at_ms;
      const events = decision.events.map((event) => ({ event, date_ms }));
      this.events.set(chatId, [...(this.events.get(chatId) ?? []), ...events]);
    }
  }

  /** What the server shows of the channel after `chatPts` to who is in it now; undefined at its end, and to strangers. */
  next(person: Person, chat_id: string, chatPts: number, told: Told): ChannelNotification | undefined {
    const { state } = this.chats.load(chat_id);
    const member = state.status === 'active' ? state.members.get(person) : undefined;
    const found = this.events.get(chat_id)![chatPts];
    if (member === undefined || found === undefined) return undefined;
    const { event, date_ms } = found;
    const seq = seqOf(event);
    const tombstone = told === 'late' ? this.tombstoneOf(chat_id, seq) : undefined;
    const chat_pts = chatPts + 1;
    const isGone = tombstone !== undefined && event.type === 'MessageEdited';
    const isErased = tombstone !== undefined && event.type === 'MessageSent';
    const update =
      !isGone && isSeenBy(member, { seq, date_ms })
        ? channelUpdate(chat_id, chat_pts, isErased ? null : event, 0, isErased ? tombstone : undefined)
        : unseenUpdate(chat_id, chat_pts);
    return { chat_id, chat_pts, chat_pts_count: 1, update };
  }

  private tombstoneOf(chatId: string, seq: number | undefined): Tombstoned | undefined {
    const isDeletion = (event: ChatEvent): event is Tombstoned =>
      event.type === 'Tombstoned' && event.data.message.seq === seq;
    return this.chats.eventsOf(chatId).find(isDeletion);
  }
}

/** Applies both logs to their ends; `turns` says which of them is next, as long as it says anything. */
function follow(world: World, person: Person, state: UserLogState, turns: readonly number[], told: Told) {
  const own = world.logs.logs.get(person)!;
  const channels = () => [...state.chats.values()].filter(({ kind }) => kind === 'channel');
  const takeOwn = (): boolean => {
    if (state.pts === own.length) return false;
    const next = world.logs.update(person, state.pts + 1, told);
    applyUpdate(state, next, person, sha256);
    for (const message of world.logs.before(person, next)) hold(state, message);
    return true;
  };
  const takeOf = (chatId: string): boolean => {
    const next = world.next(person, chatId, state.chats.get(chatId)!.chat_pts, told);
    if (next === undefined) return false;
    applyChannelUpdate(state, next, person);
    applyChannelUpdate(state, next, person);
    return true;
  };
  for (const turn of turns) {
    const channel = channels()[(turn >> 1) % 3];
    if (turn % 2 === 0 || channel === undefined) takeOwn();
    else takeOf(channel.chat_id);
  }
  while (takeOwn());
  for (const { chat_id } of channels()) while (takeOf(chat_id));
  return state;
}

function shown(state: UserLogState) {
  return [...state.chats.keys()].toSorted().map((chatId) => {
    const { chat_pts, ...chat } = toChatView(state, chatId)!;
    const messages = [...(state.messages.get(chatId)?.values() ?? [])];
    const at = chat.kind === 'channel' ? { chat_pts } : {};
    return { chat, ...at, messages: messages.toSorted((one, other) => one.seq - other.seq) };
  });
}

// Broken, each seen here: entries of a user’s own log move a channel’s chat_pts; the entry by which a group becomes a channel
// goes to nobody.
it('any order of the two logs leads to what a snapshot shows', () => {
  let became = 0;
  fc.assert(
    fc.property(
      batches,
      fc.constantFrom(...people),
      fc.constantFrom(2, 3, 4),
      fc.array(fc.nat(60), { maxLength: 300, size: 'max' }),
      fc.constantFrom<Told>('live', 'late'),
      fc.nat(),
      (all, person, limit, turns, told, pick) => {
        const world = new World(all, limit);
        const head = world.logs.logs.get(person)!.length;
        const present = shown(fromSnapshot(world.logs.snapshot(person, head)));
        became += present.filter(({ chat }) => chat.kind === 'channel').length;
        expect(shown(follow(world, person, emptyUserLog(), turns, told))).toStrictEqual(present);
        const snapshot = fromSnapshot(world.logs.snapshot(person, pick % (head + 1)));
        expect(shown(follow(world, person, snapshot, turns, told))).toStrictEqual(present);
      },
    ),
    runs,
  );
  expect(became).toBeGreaterThan(0);
});

// Broken, seen here: BecameChannel is not copied.
it('the last entry copied is that the group became a channel, with the number to go on from', () => {
  fc.assert(
    fc.property(batches, fc.constantFrom(...people), (all, person) => {
      const world = new World(all, 3);
      const last = new Map<string, number>();
      for (let pts = 1; pts <= world.logs.logs.get(person)!.length; pts++) {
        const { update } = world.logs.update(person, pts, 'live');
        if (update.type === 'chat.changed') last.set(update.chat_id, update.chat_pts);
        const at = 'chat_id' in update ? last.get(update.chat_id) : undefined;
        if (at !== undefined && update.type.startsWith('message.'))
          throw new Error(`${update.type} is copied`);
      }
      for (const [chatId, chatPts] of last)
        expect(world.chats.eventsOf(chatId)[chatPts - 1]!.type).toBe('BecameChannel');
    }),
    runs,
  );
});
