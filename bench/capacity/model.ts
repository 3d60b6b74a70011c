/** How much of everything so many connected people need, and at how many of them what there is comes to its end. Pure arithmetic. */
import { kinds, type Kind, type UnitCosts } from './unit-costs.js';

export interface People {
  readonly connected: number;
  /** Of each. */
  readonly sends_per_s: number;
  /** Of a message: everybody whose log it is in, the sender too. */
  readonly entries_per_send: number;
  readonly reconnects_per_s: number;
}

/** What machines and servers give. */
export interface Ground {
  /** Of a core, what is to be used at the busiest time. */
  readonly busy_part: number;
  readonly gateway_connections_max: number;
  readonly gateway_memory_gb: number;
  readonly nats_node_memory_gb: number;
  /** That a server keeps of each subscription of the whole cluster. */
  readonly subscription_kb: number;
  /** Of one stream, three replicas: single guarded appends, and entries in batches. */
  readonly appends_per_s: number;
  readonly batched_entries_per_s: number;
  /** That a family may have: tokens of subjects. */
  readonly streams_max: number;
  /** Of one primary. */
  readonly postgres_cores: number;
}

export interface Load {
  readonly messages_per_s: number;
  readonly entries_per_s: number;
  readonly reconnects_per_s: number;
}

export const loadOf = ({ connected, sends_per_s, entries_per_send, reconnects_per_s }: People): Load => ({
  messages_per_s: connected * sends_per_s,
  entries_per_s: connected * sends_per_s * entries_per_send,
  reconnects_per_s: connected * reconnects_per_s,
});

/** Cores of a kind, at the busiest time. */
export function coresOf(kind: Kind, people: People, costs: UnitCosts, { busy_part }: Ground): number {
  const { messages_per_s, entries_per_s } = loadOf(people);
  const idle_us = kind === 'gateway' ? people.connected * costs.connection_us_per_s : 0;
  const us = messages_per_s * costs.message_us[kind] + entries_per_s * costs.entry_us[kind] + idle_us;
  return us / 1e6 / busy_part;
}

export interface Needs {
  readonly cores: Readonly<Record<Kind, number>>;
  /** By connections, by memory, by CPU: the most of them counts. */
  readonly gateways: number;
  readonly connections_memory_gb: number;
  readonly chat_streams: number;
  readonly user_streams: number;
  readonly postgres_primaries: number;
}

export function needsOf(people: People, costs: UnitCosts, ground: Ground): Needs {
  const cores = Object.fromEntries(kinds.map((kind) => [kind, coresOf(kind, people, costs, ground)]));
  const { messages_per_s, entries_per_s } = loadOf(people);
  const connections_memory_gb = (people.connected * costs.connection_kb) / 1_048_576;
  const gateways = Math.max(
    people.connected / ground.gateway_connections_max,
    connections_memory_gb / ground.gateway_memory_gb,
    cores['gateway']!,
  );
  return {
    cores: cores as Record<Kind, number>,
    gateways: Math.ceil(gateways),
    connections_memory_gb,
    chat_streams: Math.ceil(messages_per_s / (ground.appends_per_s * ground.busy_part)),
    user_streams: Math.ceil(entries_per_s / (ground.batched_entries_per_s * ground.busy_part)),
    postgres_primaries: Math.ceil(cores['Postgres']! / ground.postgres_cores),
  };
}

export interface Limit {
  readonly name: LimitName;
  /** Connected, when it is reached. */
  readonly people: number;
}

export const limitNames = [
  'one timeline reads all decisions',
  'a family has as many streams as there are tokens',
  'every NATS node knows every subscription',
  'presence is one stream',
  'the read models are one primary',
  'one projector folds a stream',
] as const;
export type LimitName = (typeof limitNames)[number];

/** The first to break first. Where a cost is nothing there is no end. */
export function limitsOf(people: People, costs: UnitCosts, ground: Ground): Limit[] {
  const one = { ...people, connected: 1 };
  const { messages_per_s, entries_per_s, reconnects_per_s } = loadOf(one);
  const { busy_part, streams_max } = ground;
  const core_us = 1e6 * busy_part;
  const chatStreams = (streams_max * ground.appends_per_s * busy_part) / messages_per_s;
  const userStreams = (streams_max * ground.batched_entries_per_s * busy_part) / entries_per_s;
  const folded_us = messages_per_s * costs.message_us.projector + entries_per_s * costs.entry_us.projector;
  const reached: Readonly<Record<LimitName, number>> = {
    'one timeline reads all decisions': core_us / (messages_per_s * costs.message_us.timeline),
    'a family has as many streams as there are tokens': Math.min(chatStreams, userStreams),
    'every NATS node knows every subscription':
      (ground.nats_node_memory_gb * busy_part * 1_048_576) / ground.subscription_kb,
    'presence is one stream': (ground.appends_per_s * busy_part) / reconnects_per_s,
    'the read models are one primary': ground.postgres_cores / coresOf('Postgres', one, costs, ground),
    'one projector folds a stream': (streams_max * core_us) / folded_us,
  };
  return limitNames
    .map((name) => ({ name, people: reached[name] }))
    .sort((first, second) => first.people - second.people);
}
