/**
 * How soon a signed-out device is shut out at every gateway of a cluster: as it is; while one gateway's link to NATS is cut, from
 * when it is back; and when that gateway is told nothing of it, neither the sign-out nor the news of the user's log, but could read.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { NatsFrame } from '../../test/support/nats-frames.js';
import type { Verdict } from '../../test/support/nats-link.js';
import { Durations } from '../support/percentiles.js';
import { Scene, type Guest } from './scene.js';

const device_revoked = 4501;
const cut_ms = 5_000;
/** A session's first looks at its log come within twelve seconds, to meet what a new subscription may have missed. */
const settled_ms = 13_000;
const places = ['at node 1', 'at node 2', 'at node 3, by the link'] as const;

export interface RevocationBench {
  readonly accounts: number;
}

type Row = readonly [string, readonly Durations[]];

export async function benchRevocation(
  { accounts }: RevocationBench,
  say: (line: string) => void,
): Promise<string> {
  say('three NATS nodes, three gateways');
  const scene = await Scene.set();
  try {
    const rows: Row[] = [
      ['from asking', none()],
      ['from the answer', none()],
    ];
    for (let at = 0; at < accounts; at++)
      await asItIs(
        scene,
        rows.map(([, durations]) => durations),
      );
    say('the link is cut');
    const cut = none();
    await whileCut(scene, cut);
    say('nothing is told at the link');
    const untold = none();
    await untoldAtLink(scene, untold);
    rows.push(
      [`link cut for ${cut_ms / 1_000} s; at it from its end`, cut],
      ['nothing told at the link', untold],
    );
    return reportOf(rows);
  } finally {
    await scene.remove();
  }
}

const none = (): Durations[] => places.map(() => new Durations());

async function asItIs(
  scene: Scene,
  [fromAsking, fromAnswer]: readonly (readonly Durations[])[],
): Promise<void> {
  const { owner, guests } = await scene.account();
  for (const guest of guests) {
    const askedMs = performance.now();
    const ends = endsOf(guest);
    await owner.request('devices.revoke', { device_id: guest.identity.device_id });
    const answeredMs = performance.now();
    for (const [at, endedMs] of (await Promise.all(ends)).entries()) {
      fromAsking![at]!.add(endedMs - askedMs);
      fromAnswer![at]!.add(Math.max(0, endedMs - answeredMs));
    }
  }
  owner.drop();
}

async function whileCut(scene: Scene, durations: readonly Durations[]): Promise<void> {
  const { owner, guests } = await scene.account();
  scene.link.cut();
  const ends = guests.map(endsOf);
  const askedMs = performance.now();
  await owner.request('devices.revoke', { others: true });
  await pause(cut_ms);
  scene.link.mend();
  const mendedMs = performance.now();
  for (const ofGuest of ends)
    for (const [at, endedMs] of (await Promise.all(ofGuest)).entries())
      durations[at]!.add(endedMs - (at === places.length - 1 ? mendedMs : askedMs));
  owner.drop();
}

/** What is left is the gateway's own look at accounts, and at the heads of logs. */
async function untoldAtLink(scene: Scene, durations: readonly Durations[]): Promise<void> {
  const { owner, guests } = await scene.account();
  await pause(settled_ms);
  scene.link.disturb(withoutWord);
  const ends = guests.map(endsOf);
  const askedMs = performance.now();
  await owner.request('devices.revoke', { others: true });
  for (const ofGuest of ends)
    for (const [at, endedMs] of (await Promise.all(ofGuest)).entries()) durations[at]!.add(endedMs - askedMs);
  scene.link.undisturbed();
  owner.drop();
}

const withoutWord = ({ kind, bytes }: NatsFrame): Verdict =>
  kind === 'live' || /^H?MSG devices\.revoked /.test(bytes.toString('latin1', 0, 40)) ? 'lose' : 'pass';

/** When each of its sessions was closed, in milliseconds; for nothing else than that it was signed out. */
const endsOf = ({ sessions }: Guest): Promise<number>[] =>
  sessions.map(async ({ closed }) => {
    const code = await closed;
    if (code !== device_revoked) throw new Error(`a session was closed with ${code}`);
    return performance.now();
  });

function reportOf(rows: readonly Row[]): string {
  return [
    'From the sign-out until the device’s session is closed (p50 / p99 / max, ms), by gateway.',
    '',
    `| | devices | ${places.join(' | ')} |`,
    `| --- | --- |${places.map(() => ' --- |').join('')}`,
    ...rows.map(([name, durations]) => `| ${name} | ${durations[0]!.count} | ${durations.join(' | ')} |`),
  ].join('\n');
}
