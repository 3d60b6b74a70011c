/** The processes that hold idle sockets, each a part of them. */
import { join } from 'node:path';
import { Child } from '../support/child.js';
import { Durations } from '../support/percentiles.js';
import type { Held, IdleOrder, Opened } from './orders.js';

/** Well below what a process may have open. */
const sockets_of_one_max = 6_000;

export interface Connecting {
  readonly all_s: number;
  readonly opening: Durations;
}

export class Holders {
  private constructor(
    private readonly children: readonly Child[],
    private readonly parts: readonly Held[],
  ) {}

  static start({ to, sockets }: Held): Holders {
    const parts: Held[] = [];
    for (let from = 0; from < sockets.length; from += sockets_of_one_max)
      parts.push({ to, sockets: sockets.slice(from, from + sockets_of_one_max) });
    const program = join(import.meta.dirname, 'idle-process.ts');
    return new Holders(
      parts.map((_, index) => Child.start(`holder ${index + 1} (${to})`, program)),
      parts,
    );
  }

  connect(): Promise<Connecting> {
    return this.timed((index) => this.parts[index]!);
  }

  /** All of them lose their connections at once and come back. */
  comeBack(): Promise<Connecting> {
    return this.timed(() => ({ again: true }));
  }

  async leave(): Promise<void> {
    await Promise.all(this.children.map((child) => child.ask({ leave: true })));
  }

  async end(): Promise<void> {
    await Promise.all(this.children.map((child) => child.end()));
  }

  private async timed(order: (index: number) => IdleOrder): Promise<Connecting> {
    const start = performance.now();
    const all = await Promise.all(this.children.map((child, index) => child.ask<Opened>(order(index))));
    const opening = all.reduce((durations, one) => durations.merge(one.opening), new Durations());
    return { all_s: (performance.now() - start) / 1_000, opening };
  }
}
