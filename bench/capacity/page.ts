/** docs/capacity.md: the formulas, what they give for ten million connected people, and what breaks on the way there. */
import { day, deliveries_per_send } from '../lively/day.js';
import { shown, tableOf } from '../support/outcome.js';
import { limitsOf, loadOf, needsOf, type Ground, type LimitName, type People } from './model.js';
import { kinds, type UnitCosts } from './unit-costs.js';

/** At the busiest time of the day. */
export const tenMillion: People = {
  connected: 10_000_000,
  sends_per_s: day.sends_per_min / 60,
  entries_per_send: deliveries_per_send + 1,
  reconnects_per_s: day.reconnects_per_min / 60,
};

/** Rates of a stream with three replicas, and memory of a subscription: measured with NATS 2.14 on its own. */
export const ground: Ground = {
  busy_part: 0.5,
  gateway_connections_max: 50_000,
  gateway_memory_gb: 4,
  nats_node_memory_gb: 64,
  subscription_kb: 0.7,
  appends_per_s: 27_000,
  batched_entries_per_s: 60_000,
  streams_max: 256,
  postgres_cores: 64,
};

const afterwards: Readonly<Record<LimitName, string>> = {
  'one timeline reads all decisions':
    'A routing stage before the timelines: it reads each CHAT stream once and hands every USER stream’s writer the decisions that concern ' +
    'its users alone. The writers, their fences and what they store stay as they are.',
  'a family has as many streams as there are tokens':
    'Several installations side by side (cells), each with users of its own; chats across them go through the routing stage.',
  'every NATS node knows every subscription':
    'Gateways in leaf nodes, users pinned to a leaf by their token: a leaf asks the core for what concerns its users only. Or one subject for ' +
    'each of the 256 tokens and gateway in place of one for each user.',
  'presence is one stream': 'A presence stream for each range of tokens, as the other families have.',
  'the read models are one primary':
    'The tables are hash-partitioned already: partitions on primaries of their own, a projector for each; queries know the partition by the id.',
  'one projector folds a stream':
    'More streams, up to one a token; then several folds of one stream, by chat.',
};

export function capacityPage(costs: UnitCosts): string {
  const load = loadOf(tenMillion);
  const needs = needsOf(tenMillion, costs, ground);
  const limits = limitsOf(tenMillion, costs, ground);
  return [
    '# What ten million connected people take',
    'Made by `npm run bench -- capacity` from what `npm run bench -- all` measured; the formulas are code, `bench/capacity/model.ts`, ' +
      'with specs. A model is no measurement: it multiplies costs of single things, on one machine, by their number, and leaves out what only ' +
      'many machines do to one another.',
    '## What one thing costs',
    tableOf({
      head: ['CPU, µs', ...kinds],
      rows: [
        ['a message (a decision), `message`', ...kinds.map((kind) => shown(costs.message_us[kind]))],
        [
          'each member’s entry of it: stored, pushed, projected, `entry`',
          ...kinds.map((kind) => shown(costs.entry_us[kind])),
        ],
      ],
    }),
    `Measured on ${costs.conditions}: what else the machine did stands in them as well, and at few messages a second so does what a process takes at rest.`,
    `A connection: ${shown(costs.connection_kb)} KB and ${shown(costs.connection_us_per_s)} µs of CPU a second. Both costs of a message are told apart by chats of two ` +
      'sizes: `cost = message + members × entry`.',
    '## Formulas',
    tableOf({
      head: ['what', 'formula'],
      rows: [
        ['messages/s', '`M = people × sends/s`'],
        ['entries/s', '`E = M × (deliveries a message + 1)`: the sender’s own log has it as well'],
        ['cores of a kind', '`(M × message + E × entry + people × connection, of gateways) / 10⁶ / b`'],
        ['gateways', '`max(people / connections of one, people × KB / memory of one, cores)`'],
        ['streams of CHAT, of USER', '`M / (appends/s of one × b)`, `E / (batched entries/s of one × b)`'],
        ['primaries of Postgres', '`cores / cores of one`'],
      ],
    }),
    `\`b\` is ${ground.busy_part}: half of a core is air, for the moment after something has died. A stream with three replicas takes ${shown(ground.appends_per_s)} ` +
      `guarded appends/s, or ${shown(ground.batched_entries_per_s)} entries/s in batches; a subscription takes ${ground.subscription_kb} KB of each NATS node.`,
    '## Ten million',
    `At the busiest time: ${shown(day.sends_per_min)} message a minute and person, ${deliveries_per_send.toFixed(1)} deliveries a message, a connection lost every ` +
      `${1 / day.reconnects_per_min} minutes: ${shown(load.messages_per_s)} messages/s, ${shown(load.entries_per_s)} entries/s, ${shown(load.reconnects_per_s)} connections/s.`,
    tableOf({
      head: ['part', 'cores', 'and'],
      rows: kinds.map((kind) => [kind, shown(needs.cores[kind]), andOf(kind, needs)]),
    }),
    '## What breaks first',
    'At so many connected people, by the same formulas; and what comes after it.',
    tableOf({
      head: ['', 'at', 'what', 'what comes after'],
      rows: limits.map(({ name, people }, index) => [index + 1, shown(people), name, afterwards[name]]),
    }),
    '',
  ].join('\n\n');
}

function andOf(kind: (typeof kinds)[number], needs: ReturnType<typeof needsOf>): string {
  if (kind === 'gateway')
    return `${shown(needs.gateways)} gateways; ${shown(needs.connections_memory_gb)} GB for connections`;
  if (kind === 'NATS')
    return `${shown(needs.chat_streams)} CHAT and ${shown(needs.user_streams)} USER streams, three replicas each`;
  return kind === 'Postgres' ? `${shown(needs.postgres_primaries)} primaries` : '';
}
