/** Groups whose members are all online: deliveries a second, and when the last member has a message. */
import type { ChattingFigures } from '../chatting/figures.js';
import type { Room } from '../chatting/orders.js';
import { measureChatting, type MeasureSettings } from '../chatting/measure.js';
import { chattingTables, cpuFigures, deliveriesPerS, serverCpuUs } from '../chatting/outcome.js';
import { makeAccounts, makeChats, type Account } from '../support/accounts.js';
import { figure, type Figure, type Outcome } from '../support/outcome.js';
import { System, type SystemOptions } from '../support/system.js';

export interface GroupBench extends SystemOptions, MeasureSettings {
  /** Of the large group, and of each of the busy ones. */
  readonly members: number;
  /** Busy ones that share members. */
  readonly groups: number;
}

const outstanding = 4;
const small_members = 100;
/** How much of a busy group is in the next one as well. */
const shared_part = 3 / 4;
const strict_target = { at_least: 1 / 2 } as const;

interface Part {
  readonly name: string;
  readonly groups: number;
  readonly members: number;
}

export async function benchGroup(settings: GroupBench, say: (line: string) => void): Promise<Outcome> {
  const { members, groups, layout, durability, streams, seconds } = settings;
  const parts: Part[] = [
    ...(members === small_members
      ? []
      : [{ name: `one group of ${small_members}`, groups: 1, members: small_members }]),
    { name: `one group of ${members}`, groups: 1, members },
    ...(groups < 2 ? [] : [{ name: `${groups} groups of ${members} that share members`, groups, members }]),
  ];
  const told = await inTurn(parts, async (part) => {
    say(part.name);
    return { part, figures: await measured(settings, part, say) };
  });
  return {
    scenario: 'group',
    settings: { layout, durability, streams, members, groups, outstanding, seconds },
    figures: told.flatMap(({ part, figures }) => figuresOf(settings, part, figures)),
    parts: told.flatMap(({ part, figures }) => [`### ${part.name}`, ...chattingTables(figures)]),
  };
}

/** Each on a system of its own, so that none finds what the one before has left. */
async function measured(
  settings: GroupBench,
  { groups, members }: Part,
  say: (line: string) => void,
): Promise<ChattingFigures> {
  const system = await System.start(settings);
  try {
    const places = memberships(groups, members);
    const people = await makeAccounts(system, Math.max(...places.flat()) + 1);
    const chats = places.map((all) => newChat(all.map((index) => people[index]!)));
    const ids = await makeChats(system, chats);
    const rooms: Room[] = places.map((all, index) => ({
      chatId: ids[index]!,
      members: all,
      senders: all.slice(0, 1),
    }));
    const rates = (peak: number) => [{ name: 'at a tenth of the peak', per_s: peak / 10 }];
    // The groups share sockets, so one process makes all of the load.
    const alone = { ...settings, drivers: 1 };
    return await measureChatting(system, { people, rooms, outstanding, rates }, alone, say);
  } finally {
    await system.stop();
  }
}

/** People by number, of each group; each group begins some people after the one before. */
export function memberships(groups: number, members: number): number[][] {
  const step = Math.max(1, Math.round(members * (1 - shared_part)));
  return Array.from({ length: groups }, (_, group) =>
    Array.from({ length: members }, (_, index) => group * step + index),
  );
}

const newChat = ([creator, ...others]: readonly Account[]) => ({
  kind: 'group' as const,
  creator: creator!,
  others,
});

async function inTurn<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const one of all) results.push(await work(one));
  return results;
}

function figuresOf({ durability, members }: GroupBench, part: Part, figures: ChattingFigures): Figure[] {
  const { peak, floor, relay, rates } = figures;
  const isTarget = part.groups === 1 && part.members === members;
  const target = (wanted: 'strict' | 'replicated', value: { at_least: number } | { at_most: number }) =>
    isTarget && durability === wanted ? value : undefined;
  const cpu = serverCpuUs(figures, peak.deliveries);
  const last = rates[0]!.sent.last.ms(0.99);
  const named: [string, number, string, ReturnType<typeof target>][] = [
    ['messages/s', peak.per_s, '/s', undefined],
    ['deliveries/s', deliveriesPerS(peak), '/s', target('replicated', { at_least: 40_000 })],
    ['of raw appends', peak.per_s / floor.per_s, '', target('strict', strict_target)],
    ['of the bare relay', peak.per_s / relay.per_s, '', undefined],
    ['server CPU a delivery', cpu, 'µs', target('replicated', { at_most: 30 })],
    ['p50 to the last member', peak.last.ms(0.5), 'ms', undefined],
    ['p99 to the last member at a tenth of the peak', last, 'ms', isTarget ? { at_most: 100 } : undefined],
    ['lost', peak.lost, 'messages', { at_most: 0 }],
  ];
  return [
    ...named.map(([name, value, unit, wanted]) => figure(name, value, unit, wanted)),
    ...cpuFigures(figures),
  ].map((one) => ({ ...one, name: `${part.name}: ${one.name}` }));
}
