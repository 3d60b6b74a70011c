/** What one thing costs, as measured here: what the capacity model is made from. */
import type { Figure } from '../support/outcome.js';

/** Kinds of processes, by what they are called in results. */
export const kinds = ['gateway', 'command-handler', 'timeline', 'projector', 'NATS', 'Postgres'] as const;
export type Kind = (typeof kinds)[number];

export interface UnitCosts {
  /** Where and when they were measured. */
  readonly conditions: string;
  /** On a gateway, over an empty one. */
  readonly connection_kb: number;
  readonly connection_us_per_s: number;
  /** CPU of a decision, however many it concerns. */
  readonly message_us: Readonly<Record<Kind, number>>;
  /** CPU of each member's entry: written, announced, pushed and projected. */
  readonly entry_us: Readonly<Record<Kind, number>>;
}

/** Decisions of two sizes tell both costs apart: `cost = message + members * entry`. */
export function split(
  small: { readonly members: number; readonly us: number },
  large: { readonly members: number; readonly us: number },
): { readonly message_us: number; readonly entry_us: number } {
  const entry_us = Math.max(0, (large.us - small.us) / (large.members - small.members));
  return { message_us: Math.max(0, small.us - small.members * entry_us), entry_us };
}

export interface Results {
  readonly conditions: string;
  /** Of pairs and of a group, in the layout with a process an app. */
  readonly direct: readonly Figure[];
  readonly group: readonly Figure[];
  readonly group_members: number;
  readonly idle: readonly Figure[];
}

export function unitCostsOf({ conditions, direct, group, group_members, idle }: Results): UnitCosts {
  const costs = kinds.map((kind) => {
    const of = (figures: readonly Figure[]) => valueOf(figures, `CPU a message: ${kind}`);
    const both = split({ members: 2, us: of(direct) }, { members: group_members, us: of(group) });
    return [kind, both] as const;
  });
  const each = (which: 'message_us' | 'entry_us') =>
    Object.fromEntries(costs.map(([kind, both]) => [kind, rounded(both[which])])) as Record<Kind, number>;
  return {
    conditions,
    connection_kb: rounded(valueOf(idle, 'resident a connection')),
    connection_us_per_s: rounded(Math.max(0, valueOf(idle, cpu_of_connection))),
    message_us: each('message_us'),
    entry_us: each('entry_us'),
  };
}

export const cpu_of_connection = 'CPU a connection and second, all servers, over those without connections';

/** Groups name their part before the figure. Throws where it was not measured. */
function valueOf(figures: readonly Figure[], name: string): number {
  const found = figures.findLast((one) => one.name === name || one.name.endsWith(`: ${name}`));
  if (found === undefined) throw new Error(`not among the results: ${name}`);
  return found.value;
}

const rounded = (value: number): number => Number(value.toPrecision(3));
