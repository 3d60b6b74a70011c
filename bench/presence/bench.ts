/** A gateway with thousands of users dies at once, and they come back elsewhere: what it costs the others, and when all watchers know. */
import { setTimeout as pause } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { v7 as uuidV7 } from 'uuid';
import { gateways_stream, presence_stream } from '#streams/subjects.js';
import { accessSigner } from '../../test/support/access-signer.js';
import type { StartedProcess } from '../../test/support/app-process.js';
import { LogWriter } from '../../test/support/log-writer.js';
import { Installation, streamsPerFamily } from '../support/installation.js';
import { Durations } from '../support/percentiles.js';
import { Watch } from '../support/usage.js';
import { openAll, watchAll, type Person, type Watcher } from './crowd.js';

export interface PresenceBench {
  readonly users: number;
  readonly watchers: number;
  /** Of each watcher. */
  readonly watched: number;
}

const poll_ms = 50;
const signed_in_at_once = 200;
const look_s = 5;

export async function benchPresence(
  { users, watchers: watchers_count, watched }: PresenceBench,
  say: (line: string) => void,
): Promise<string> {
  const installation = await Installation.start();
  try {
    showEverybody(installation);
    const [dying, ...others] = await Promise.all([1, 2, 3].map(() => installation.startApp('gateway')));
    const urls = others.map(({ url }) => url);
    say('people sign in');
    const people = await signedIn(installation, users + watchers_count);
    const [crowd, lookers] = [people.slice(0, users), people.slice(users)];
    const lookerSockets = await openAll(urls, lookers);
    say('they watch');
    const watchers = await watchAll(lookerSockets, (index) => someOf(crowd, index, watched));
    const scene = { installation, gateways: others, watchers };

    say('everybody comes to one gateway');
    const rows = [await measured(scene, 'they come', 1, () => openAll([dying!.url], crowd))];
    say('that gateway is killed');
    rows.push(await measured(scene, 'their gateway is killed', 0, () => dying!.kill()));
    say('they come back to the others');
    let sockets = [] as Awaited<ReturnType<typeof openAll>>;
    const comeBack = async () => void (sockets = await openAll(urls, crowd));
    rows.push(await measured(scene, 'they come to the others', 1, comeBack));
    say('all of them leave at once');
    const leave = async () => sockets.forEach((socket) => socket.terminate());
    rows.push(await measured(scene, 'all leave at once', 0, leave));
    const idle = await resting(scene);
    for (const socket of lookerSockets) socket.terminate();
    return report({ users, watchers: watchers_count, watched }, rows, idle);
  } finally {
    await installation.stop();
  }
}

interface Scene {
  readonly installation: Installation;
  /** Those that live. */
  readonly gateways: readonly StartedProcess[];
  readonly watchers: readonly Watcher[];
}

interface Row {
  readonly what: string;
  readonly acted_s: number;
  readonly known: Durations;
  readonly entries: number;
  readonly beats: number;
  readonly notifications: number;
  readonly gateway_cpu_s: number;
  readonly nats_cpu_s: number;
  readonly rss: string;
}

/** Until every watcher was told of all of theirs that they are there (1), or gone (0). */
async function measured(
  { installation, gateways, watchers }: Scene,
  what: string,
  share: 0 | 1,
  act: () => Promise<unknown>,
): Promise<Row> {
  const before = await written(installation);
  const told = () => watchers.reduce((sum, { notifications_count }) => sum + notifications_count, 0);
  const toldBefore = told();
  const pids = [...gateways.map(({ pid }) => pid), installation.nats.pid];
  const watches = pids.map((pid) => new Watch(pid));
  const begun = performance.now();
  await act();
  const acted_s = (performance.now() - begun) / 1_000;
  while (watchers.some((one) => one.online_count !== share * one.watched)) await pause(poll_ms);
  for (const watch of watches) watch.stop();
  const known = new Durations();
  for (const { lastToldAtMs } of watchers) known.add((lastToldAtMs - begun) / 1_000);
  const after = await written(installation);
  const usages = watches.map((watch) => watch.usage());
  const nats = usages.pop()!;
  return {
    what,
    acted_s,
    known,
    entries: after.entries - before.entries,
    beats: after.beats - before.beats,
    notifications: told() - toldBefore,
    gateway_cpu_s: usages.reduce((sum, { cpu_s }) => sum + cpu_s, 0),
    nats_cpu_s: nats.cpu_s,
    rss: usages
      .map(({ rss_before_mb, rss_max_mb }) => `${rss_before_mb.toFixed(0)} → ${rss_max_mb.toFixed(0)}`)
      .join(', '),
  };
}

/** CPU of a gateway in a while in which nothing happens, in milliseconds a second. */
async function resting({ gateways }: Scene): Promise<number> {
  const watches = gateways.map(({ pid }) => new Watch(pid));
  await pause(look_s * 1_000);
  for (const watch of watches) watch.stop();
  const cpu_s = watches.reduce((sum, watch) => sum + watch.usage().cpu_s, 0);
  return (cpu_s * 1_000) / look_s / gateways.length;
}

async function written({ nc }: Installation): Promise<{ entries: number; beats: number }> {
  const jsm = await jetstreamManager(nc);
  const lastOf = async (stream: string) => (await jsm.streams.info(stream)).state.last_seq;
  return { entries: await lastOf(presence_stream), beats: await lastOf(gateways_stream) };
}

/** There is no query handler: whoever is watched may be seen. */
function showEverybody({ nc }: Installation): void {
  nc.subscribe('query.*', {
    callback: (_, message) => {
      const { params } = message.json<{ params?: { user_ids?: string[] } }>();
      const result = { user_ids: params?.user_ids ?? [] };
      message.respond(JSON.stringify({ result, seen: { projected: {}, logged: {} } }));
    },
  });
}

async function signedIn({ nc, secrets }: Installation, count: number): Promise<Person[]> {
  const [writer, access] = [new LogWriter(nc, streamsPerFamily), await accessSigner(nc, secrets)];
  const people: Person[] = [];
  while (people.length < count) {
    const some = Array.from({ length: Math.min(signed_in_at_once, count - people.length) }, async () => {
      const identity = { user_id: uuidV7(), device_id: uuidV7() };
      await writer.signIn(identity.user_id, identity.device_id);
      return { userId: identity.user_id, token: await access.sign(identity) };
    });
    people.push(...(await Promise.all(some)));
  }
  return people;
}

/** Spread so that all are watched by about as many. */
const someOf = (people: readonly Person[], index: number, count: number): string[] =>
  Array.from({ length: count }, (_, n) => people[(index * count + n) % people.length]!.userId);

function report({ users, watchers, watched }: PresenceBench, rows: readonly Row[], idle: number): string {
  const seconds = (durations: Durations) => [0.5, 1].map((part) => durations.ms(part).toFixed(1)).join(' / ');
  return [
    `${users} users at one gateway; at two others ${watchers} sessions that watch ${watched} of them each. NATS acknowledges before the disk does.`,
    '',
    '| when | done after, s | a watcher knows all after (p50 / max), s | entries written | beats | notifications | CPU of the two gateways, s | CPU of NATS, s | RSS of the two, MB |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows.map((row) => {
      const cells = [
        row.what,
        row.acted_s.toFixed(1),
        seconds(row.known),
        row.entries,
        row.beats,
        row.notifications,
      ];
      const costs = [row.gateway_cpu_s.toFixed(1), row.nats_cpu_s.toFixed(1), row.rss];
      return `| ${[...cells, ...costs].join(' | ')} |`;
    }),
    '',
    `When nothing happens: ${idle.toFixed(1)} ms of CPU a second and gateway.`,
  ].join('\n');
}
