/** What a well-behaved pair notices while others attack the same gateway and api: one flood after the other, beside the pair alone. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Person } from '../../test/support/person.js';
import { WellBehavedPair } from '../../test/support/well-behaved-pair.js';
import { Installation } from '../support/installation.js';
import { Durations } from '../support/percentiles.js';
import { floods, type FloodName, type Target } from './floods.js';

/** Until a flood is under way. */
const warm_up_ms = 2_000;
const log_messages = 1_000;
const attackers_count = 16;
const apps = ['projector', 'query-handler', 'timeline', 'command-handler'] as const;

export interface AttacksBench {
  readonly seconds: number;
  /** All unless given. */
  readonly only?: readonly string[];
  /** A directory for CPU profiles of the apps. */
  readonly profile?: string;
}

export async function benchAttacks(
  { seconds, only, profile }: AttacksBench,
  say: (line: string) => void,
): Promise<string> {
  const installation = await Installation.start(profile);
  try {
    for (const app of apps) await installation.startApp(app);
    const [api, gateway] = [await installation.startApp('api'), await installation.startApp('gateway')];
    const target = await targetOf(api.url, gateway.url);
    const meeting = { phones: ['+15550201', '+15550202'] as const, words: 'between us' };
    const pair = await WellBehavedPair.meet(api.url, meeting, gateway.url);
    say('the pair chats');
    await measured(pair, warm_up_ms);
    const rows: [string, Durations][] = [['the pair alone', await measured(pair, seconds * 1_000)]];
    for (const name of chosen(only)) {
      say(name);
      rows.push([name, await during(name, target, () => measured(pair, seconds * 1_000))]);
    }
    rows.push(['the pair alone, afterwards', await measured(pair, seconds * 1_000)]);
    const troubles = await pair.stop();
    pair.close();
    return reportOf(rows, troubles);
  } finally {
    await installation.stop();
  }
}

function chosen(only: AttacksBench['only']): readonly FloodName[] {
  const all = Object.keys(floods) as FloodName[];
  const unknown = (only ?? []).filter((name) => !all.some((one) => one === name));
  if (unknown.length > 0)
    throw new Error(`no such flood: ${unknown.join(', ')}; there are: ${all.join(', ')}`);
  return all.filter((name) => only?.includes(name) ?? true);
}

async function during<T>(name: FloodName, target: Target, work: () => Promise<T>): Promise<T> {
  const child = fork(join(import.meta.dirname, 'flood-process.ts'), { stdio: 'ignore' });
  try {
    child.send({ name, target });
    await pause(warm_up_ms);
    return await work();
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

async function measured(pair: WellBehavedPair, ms: number): Promise<Durations> {
  pair.durations_ms = [];
  await pause(ms);
  const durations = new Durations();
  for (const duration of pair.durations_ms) durations.add(duration);
  return durations;
}

/** Attackers with something to be asked for again and again: each has the same group's messages in a log of their own. */
async function targetOf(apiUrl: string, gatewayUrl: string): Promise<Target> {
  const phones = Array.from({ length: attackers_count }, (_, at) => `+155503${String(at).padStart(2, '0')}`);
  const people = await Promise.all(phones.map((phone) => Person.signIn(apiUrl, phone)));
  const attacker = await people[0]!.connect(gatewayUrl);
  const member_ids = people.slice(1).map(({ userId }) => userId);
  const { chat } = await attacker.create({ kind: 'group', member_ids, title: 'attack' });
  for (let sent = 0; sent < log_messages; sent += 20)
    await Promise.all(Array.from({ length: 20 }, () => attacker.send(chat.chat_id, 'x'.repeat(200))));
  attacker.client.drop();
  return { apiUrl, gatewayUrl, accessTokens: people.map(({ identity }) => identity.access_token) };
}

function reportOf(rows: readonly (readonly [string, Durations])[], troubles: readonly string[]): string {
  const alone = rows[0]![1];
  const times = (durations: Durations, part: number) => (durations.ms(part) / alone.ms(part)).toFixed(1);
  return [
    'From sending a message until both have it, in milliseconds; attackers in a process of their own, on the same cores.',
    '',
    '| while | messages | p50 | p99 | p50 to alone | p99 to alone |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows.map(([name, durations]) => {
      const [p50, p99] = [durations.ms(0.5).toFixed(1), durations.ms(0.99).toFixed(1)];
      return `| ${name} | ${durations.count} | ${p50} | ${p99} | ${times(durations, 0.5)} | ${times(durations, 0.99)} |`;
    }),
    '',
    troubles.length === 0
      ? 'The pair was refused nothing and misses nothing.'
      : `The pair: ${troubles.join('; ')}`,
  ].join('\n');
}
