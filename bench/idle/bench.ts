/** Thousands of signed-in connections on which nothing happens: what one costs in memory and time, beside one of a bare server. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { cpu_of_connection } from '../capacity/unit-costs.js';
import { makeAccounts, type Account } from '../support/accounts.js';
import { Child } from '../support/child.js';
import { Meter, type Taken } from '../support/meter.js';
import { figure, shown, type Outcome, type Table } from '../support/outcome.js';
import { Probes } from '../support/probes.js';
import { rssMbOf } from '../support/proc.js';
import { openFilesOf } from '../support/open-files.js';
import { System, type SystemOptions } from '../support/system.js';
import { Holders, type Connecting } from './holders.js';

export interface IdleBench extends SystemOptions {
  readonly connections: number;
  readonly gateways: number;
  readonly seconds: number;
}

/** They come and go before anything is measured: code is compiled, and what is made once is there. */
const warm_up_connections = 200;
const settle_ms = 15_000;
const kb_per_mb = 1_024;
const us_per_s = 1_000_000;

interface Held {
  readonly coming: Connecting;
  readonly back: Connecting;
  readonly rss_kb: number;
  readonly rss_kb_back: number;
  /** More than without connections. */
  readonly cpu_us: number;
  readonly empty: readonly Taken[];
  readonly taken: readonly Taken[];
}

export async function benchIdle(settings: IdleBench, say: (line: string) => void): Promise<Outcome> {
  const { connections, gateways, seconds, layout, durability } = settings;
  openFilesOf(process.pid).mustHold(Math.ceil(connections / gateways));
  const system = await System.start({ ...settings, instances: { gateway: gateways } });
  try {
    say(`${connections} people sign up`);
    const people = await makeAccounts(system, connections);
    const odnix = await atOdnix(system, people, seconds, say);
    await system.stop();
    say('the same on a bare server');
    const bare = await atRelay(connections, seconds);
    return outcomeOf({ connections, gateways, seconds, layout, durability }, odnix, bare);
  } finally {
    await system.stop();
  }
}

async function atOdnix(
  system: System,
  people: readonly Account[],
  seconds: number,
  say: (line: string) => void,
): Promise<Held> {
  const { gateways, apps, metered, probes } = system;
  const pids = apps.filter(({ serves }) => serves).map(({ pid }) => pid);
  const sockets = people.map(({ token }, index) => ({ url: gateways[index % gateways.length]!, token }));
  const meter = () => new Meter(metered, probes);
  return held(sockets, 'odnix', pids, seconds, meter, say);
}

async function atRelay(connections: number, seconds: number): Promise<Held> {
  const relay = Child.start('relay', join(import.meta.dirname, '../chatting/relay-process.ts'));
  try {
    const port = await relay.ask<number>({ rooms: [] });
    const sockets = Array.from({ length: connections }, (_, index) => {
      return { url: `ws://127.0.0.1:${port}/?index=${index}`, token: '' };
    });
    const meter = () => new Meter([{ name: 'bare server', pid: relay.pid }], new Probes(''));
    return await held(sockets, 'relay', [relay.pid], seconds, meter, () => undefined);
  } finally {
    await relay.end();
  }
}

async function held(
  sockets: readonly { readonly url: string; readonly token: string }[],
  to: 'odnix' | 'relay',
  pids: readonly number[],
  seconds: number,
  meter: () => Meter,
  say: (line: string) => void,
): Promise<Held> {
  const count = sockets.length;
  const rssKb = () => pids.reduce((sum, pid) => sum + rssMbOf(pid), 0) * kb_per_mb;
  const first = Holders.start({ to, sockets: sockets.slice(0, warm_up_connections) });
  await first.connect();
  await first.leave();
  await first.end();
  await pause(settle_ms);
  const emptyKb = rssKb();
  const before = meter();
  await pause(seconds * 1_000);
  const empty = before.taken();
  const holders = Holders.start({ to, sockets });
  try {
    const coming = await holders.connect();
    say(`all are there after ${coming.all_s.toFixed(1)} s`);
    await pause(settle_ms);
    const measuring = meter();
    await pause(seconds * 1_000);
    const taken = measuring.taken();
    const rss_kb = (rssKb() - emptyKb) / count;
    say(`${rss_kb.toFixed(1)} KB a connection; all of them come again`);
    const back = await holders.comeBack();
    await pause(settle_ms);
    const rss_kb_back = (rssKb() - emptyKb) / count;
    const cpu_us = ((cpuOf(taken) - cpuOf(empty)) * us_per_s) / count / seconds;
    return { coming, back, rss_kb, rss_kb_back, cpu_us, empty, taken };
  } finally {
    await holders.end();
  }
}

const cpuOf = (taken: readonly Taken[]): number => taken.reduce((sum, { cpu_s }) => sum + cpu_s, 0);

function outcomeOf(settings: Outcome['settings'], odnix: Held, bare: Held): Outcome {
  return {
    scenario: 'idle',
    settings,
    figures: [
      figure('resident a connection', odnix.rss_kb, 'KB', { at_most: 12 }),
      figure('resident a connection, bare server', bare.rss_kb, 'KB'),
      figure('of the bare server', odnix.rss_kb / bare.rss_kb, ''),
      figure('resident a connection, after all came again', odnix.rss_kb_back, 'KB'),
      figure(cpu_of_connection, odnix.cpu_us, 'µs', { at_most: 5 }),
      figure('CPU a connection and second, bare server', bare.cpu_us, 'µs'),
      figure('all connected after', odnix.coming.all_s, 's'),
      figure('all connected again after', odnix.back.all_s, 's'),
      figure('all connected after, bare server', bare.coming.all_s, 's'),
    ],
    parts: [
      openingTable(odnix, bare),
      takenTable([odnix, bare], Number(settings['seconds'])),
      'Memory is what is resident over the same process before anybody came, some hundreds having come and gone. Connections say every ' +
        '20 s that they are there.',
    ],
  };
}

const openingTable = (odnix: Held, bare: Held): Table => ({
  head: ['', 'all, s', 'dialling to session (p50 / p99 / max, ms)'],
  rows: [
    ['they come', shown(odnix.coming.all_s), `${odnix.coming.opening}`],
    ['they lose their connections at once and come again', shown(odnix.back.all_s), `${odnix.back.opening}`],
    ['bare server', shown(bare.coming.all_s), `${bare.coming.opening}`],
  ],
});

const takenTable = (both: readonly Held[], seconds: number): Table => ({
  head: [
    'while nothing happens',
    'CPU, ms a second, without connections',
    'with them',
    'RSS, MB',
    'event loop late (p99 / max, ms)',
  ],
  rows: both.flatMap(({ taken, empty }) =>
    taken.map((one, index) => [
      one.name,
      shown((empty[index]!.cpu_s * 1_000) / seconds),
      shown((one.cpu_s * 1_000) / seconds),
      shown(one.rss_mb),
      `${shown(one.loop_p99_ms)} / ${shown(one.loop_max_ms)}`,
    ]),
  ),
});
