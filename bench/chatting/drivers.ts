/** The processes that make load on Odnix, or on a relay, and what they found, added up. */
import { join } from 'node:path';
import { Child } from '../support/child.js';
import { Durations } from '../support/percentiles.js';
import type { Crowd, Phase, Room, Sent, SentFigures } from './orders.js';

export class Drivers {
  private constructor(
    readonly children: readonly Child[],
    readonly connect_s: number,
  ) {}

  /** Rooms are dealt out to so many processes: each opens the sockets of its own rooms' members. */
  static async start(crowd: Crowd, count: number): Promise<Drivers> {
    const name = (index: number) =>
      count === 1 ? `driver (${crowd.to})` : `driver ${index + 1} (${crowd.to})`;
    const program = join(import.meta.dirname, 'load-process.ts');
    const children = Array.from({ length: count }, (_, index) => Child.start(name(index), program));
    const start = performance.now();
    await Promise.all(children.map((child, index) => child.ask(partOf(crowd, index, count))));
    return new Drivers(children, (performance.now() - start) / 1_000);
  }

  async run(phase: Phase): Promise<Sent> {
    const count = this.children.length;
    const part = phase.kind === 'rate' ? { ...phase, per_s: phase.per_s / count } : phase;
    return together(await Promise.all(this.children.map((child) => child.ask<Sent>(part))), 'at once');
  }

  async end(): Promise<void> {
    await Promise.all(this.children.map((child) => child.end()));
  }
}

/** Every `count`th room, with its members' sockets alone. */
export function partOf({ to, sockets, rooms }: Crowd, part: number, count: number): Crowd {
  const own = rooms.filter((_, index) => index % count === part);
  const used = [...new Set(own.flatMap(({ members }) => members))];
  const places = new Map(used.map((socket, index) => [socket, index]));
  const placed = (members: readonly number[]) => members.map((socket) => places.get(socket)!);
  const room = ({ chatId, members, senders }: Room) => ({
    chatId,
    members: placed(members),
    senders: placed(senders),
  });
  return { to, sockets: used.map((index) => sockets[index]!), rooms: own.map(room) };
}

/** Phases in several processes at once, or one after the other in the same: counts add up, and so does the time of those in turn. */
export function together(all: readonly Sent[], how: 'at once' | 'in turn'): Sent {
  const merged = (which: 'tick' | 'screen' | 'last') =>
    all.reduce((durations, one) => durations.merge(one[which]), new Durations()).encoded();
  const sum = (which: 'in_time' | 'messages' | 'deliveries' | 'lost' | 'seconds') =>
    all.reduce((total, one) => total + one[which], 0);
  const refused: Record<string, number> = {};
  for (const one of all)
    for (const [code, count] of Object.entries(one.refused)) refused[code] = (refused[code] ?? 0) + count;
  return {
    in_time: sum('in_time'),
    seconds: how === 'in turn' ? sum('seconds') : Math.max(...all.map(({ seconds }) => seconds)),
    messages: sum('messages'),
    deliveries: sum('deliveries'),
    lost: sum('lost'),
    refused,
    tick: merged('tick'),
    screen: merged('screen'),
    last: merged('last'),
  };
}

export const figuresOf = (sent: Sent): SentFigures => ({
  ...sent,
  per_s: sent.in_time / sent.seconds,
  tick: new Durations().merge(sent.tick),
  screen: new Durations().merge(sent.screen),
  last: new Durations().merge(sent.last),
});
