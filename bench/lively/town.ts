/** Lively people at a system: more of them come, in chats of two and in groups, each in one process of those that are them. */
import { join } from 'node:path';
import { makeAccounts, makeChats, type Account, type NewChat } from '../support/accounts.js';
import { Child } from '../support/child.js';
import { Durations } from '../support/percentiles.js';
import type { System } from '../support/system.js';
import { day } from './day.js';
import type { Lived, LivelyOrder, LivelyPerson } from './orders.js';

/** Of one process, which is to have time left. */
const people_of_one_max = 2_000;

export interface LivedFigures extends Omit<Lived, 'screen' | 'tick' | 'back'> {
  readonly screen: Durations;
  readonly tick: Durations;
  readonly back: Durations;
}

export class Town {
  readonly children: Child[] = [];
  private readonly counts: number[] = [];
  people_count = 0;

  constructor(
    private readonly system: System,
    private readonly pace: Pick<LivelyOrder, 'tempo' | 'churn' | 'seed'>,
  ) {}

  /** A multiple of a group's members. Resolves when all of them are connected. */
  async grow(count: number): Promise<void> {
    const people = await this.settled(count);
    for (let from = 0; from < count; from += day.group_members) {
      const some = people.slice(from, from + day.group_members);
      await this.childWithRoom(some.length).ask({
        ...this.pace,
        people: some,
        seed: this.pace.seed + this.people_count,
      });
      this.people_count += some.length;
    }
  }

  /** What happens in the next so many seconds. */
  async live(for_s: number): Promise<LivedFigures> {
    return livedTogether(await Promise.all(this.children.map((child) => child.ask<Lived>({ for_s }))));
  }

  /** All disconnect, for good. */
  async end(): Promise<void> {
    await Promise.all(this.children.map((child) => child.end()));
  }

  private async settled(count: number): Promise<LivelyPerson[]> {
    const { gateways } = this.system;
    const accounts = await makeAccounts(this.system, count);
    const pairs = accounts.flatMap((one, index) => (index % 2 === 0 ? [[one, accounts[index + 1]!]] : []));
    const groups = Array.from({ length: count / day.group_members }, (_, index) =>
      accounts.slice(index * day.group_members, (index + 1) * day.group_members),
    );
    const directs = await makeChats(
      this.system,
      pairs.map((all) => newChat('direct', all)),
    );
    const group = await makeChats(
      this.system,
      groups.map((all) => newChat('group', all)),
    );
    return accounts.map(({ user_id, token }, index) => ({
      url: gateways[index % gateways.length]!,
      token,
      userId: user_id,
      directChatId: directs[Math.floor(index / 2)]!,
      groupChatId: group[Math.floor(index / day.group_members)]!,
    }));
  }

  private childWithRoom(count: number): Child {
    let index = this.counts.findIndex((has) => has + count <= people_of_one_max);
    if (index < 0) {
      index = this.children.length;
      const program = join(import.meta.dirname, 'lively-process.ts');
      this.children.push(Child.start(`people ${index + 1}`, program));
      this.counts.push(0);
    }
    this.counts[index]! += count;
    return this.children[index]!;
  }
}

const newChat = (kind: NewChat['kind'], [creator, ...others]: readonly Account[]): NewChat => ({
  kind,
  creator: creator!,
  others,
});

export function livedTogether(all: readonly Lived[]): LivedFigures {
  const merged = (which: 'screen' | 'tick' | 'back') =>
    all.reduce((durations, one) => durations.merge(one[which]), new Durations());
  const added = (which: 'done' | 'refused') => {
    const sums: Record<string, number> = {};
    for (const one of all)
      for (const [name, count] of Object.entries(one[which])) sums[name] = (sums[name] ?? 0) + count;
    return sums;
  };
  const holes = all.reduce((sum, one) => sum + one.holes, 0);
  return {
    done: added('done'),
    refused: added('refused'),
    holes,
    screen: merged('screen'),
    tick: merged('tick'),
    back: merged('back'),
  };
}
