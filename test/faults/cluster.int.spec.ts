/**
 * The cluster under a workload while one process of every kind is stopped and one killed, while Postgres is away, and
 * while the NATS node that leads most streams is killed. Work goes on in each case, no socket closes but those of a gateway
 * that went, no client that follows the protocol shows an error; and in the end nothing acknowledged is lost or doubled,
 * everybody has seen the same in the same order, and everything that can be asked agrees (I1 to I6).
 *
 * Seen failing: with a new timeline writer that starts from the saved positions without looking at the entries after them
 * (entries twice: seq_contiguous, chat_pts_order); with a catch-up that needs Postgres to know what was deleted (no shallow
 * catch-up without it); with an append that timed out taken as stored (answered and lost, and reads that wait for it).
 */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkRun } from '../drill/checker/check-run.js';
import { FileJournal, runInFiles } from '../drill/journal.js';
import { startClusterLayout } from '../drill/layouts/cluster.js';
import type { Fault } from '../drill/faults/fault.js';
import { chosenFaults } from '../drill/faults/plan.js';
import type { Layout } from '../drill/layouts/layout.js';
import { measureRun } from '../drill/measure/measure-run.js';
import { Progress } from '../drill/progress.js';
import type { SessionRecord } from '../drill/records.js';
import { comeToRest } from '../drill/workload/rest.js';
import { Workload } from '../drill/workload/workload.js';
import { freshDirectory, removeRunDirectory } from '../support/run-directory.js';
import { seededRandom } from '../support/random.js';

const chance = seededRandom('cluster');
const { seed } = chance;
const directory = freshDirectory();
const records = join(directory, 'records');
const kinds = ['gateway', 'api', 'command-handler', 'timeline', 'projector', 'query-handler'];
let layout: Layout;
let journal: FileJournal;
let workload: Workload;

beforeAll(async () => {
  layout = await startClusterLayout(join(directory, 'data'), {
    postgres_down_ms: 0,
    hasSmallDisks: false,
    chance,
    say: console.log,
  });
  journal = new FileJournal(records);
  const load = { users: 4, operationsPerSecond: 40 };
  workload = new Workload({
    ...load,
    seed,
    journal,
    directory,
    baseUrl: layout.url,
    servers: layout.servers,
  });
  await workload.begin();
  workload.start();
});
afterAll(async () => {
  await workload?.end();
  journal?.close();
  await layout?.stop();
  removeRunDirectory(directory);
});

const faultNamed = (name: string): Fault => chosenFaults(layout.faults, [name])[0]!;

/** Sends are answered in several chats, messages arrive, and people read: all begun since. */
const worksOn = (progress: Progress): boolean =>
  progress.sent.length >= 12 &&
  new Set(progress.sent.map(({ params }) => params.chat_id)).size >= 4 &&
  progress.pushed >= 20 &&
  progress.acknowledged(['messages.history', 'chats.get']).length >= 2;

function expectClosedByNobodyBut(fault: Fault, { closed, shown }: Progress): void {
  const servers = new Set(closed.map(({ server }) => server));
  expect(
    [...servers].filter((server) => !fault.closes.includes(server!)),
    fault.name,
  ).toEqual([]);
  if (fault.closes.length === 0)
    expect(
      shown.filter(({ event }) => event === 'reconnecting'),
      fault.name,
    ).toEqual([]);
  else expect(servers.size, fault.name).toBe(1);
}

/** While a process starts again, the next of another kind goes. */
const starting = new Map<string, Promise<void>>();

async function takeInTurn(names: readonly string[]): Promise<void> {
  for (const name of names) {
    const kind = kinds.find((one) => name.includes(one))!;
    const fault = faultNamed(name);
    await starting.get(kind);
    const progress = new Progress(journal);
    await fault.begin();
    await progress.until(`${name}: work goes on`, worksOn);
    starting.set(kind, fault.end());
    progress.end();
    expectClosedByNobodyBut(fault, progress);
  }
}

test(
  'one process of every kind is stopped, one after the other: the others go on',
  { timeout: 180_000 },
  // And the other gateway: both were started anew then, one after the other, under load.
  () => takeInTurn([...kinds.map((kind) => `stop ${kind}-1`), 'stop gateway-2']),
);

test(
  'one process of every kind is killed, one after the other: the others go on',
  { timeout: 180_000 },
  async () => {
    // Of the gateways the one that everybody came to when the other was started anew.
    const first = new Set(['api', 'gateway']);
    await takeInTurn(kinds.map((kind) => `kill ${kind}-${first.has(kind) ? 1 : 2}`));
    await Promise.all(starting.values());
  },
);

/** What was taken away comes back also for the tests after one that failed. */
async function during(name: string, body: (progress: Progress) => Promise<void>): Promise<Progress> {
  const fault = faultNamed(name);
  const progress = new Progress(journal);
  await fault.begin();
  await body(progress).finally(() => fault.end());
  return progress;
}

test(
  'without Postgres: sends, live push and shallow catch-up go on, reads are refused as retryable',
  { timeout: 180_000 },
  async () => {
    const { device } = workload.actors[0]!;
    const chat_id = device.log.chats.all()[0]!.chatId;
    // The workload makes this device lose its connection now and then, too.
    const answer = () => device.request('messages.history', { chat_id }).catch((error: unknown) => error);
    const progress = await during('postgres down', async () => {
      const since = new Progress(journal);
      await expect.poll(answer).toMatchObject({ retryable: true });
      await since.until('sends and live push', ({ sent, pushed }) => sent.length >= 40 && pushed >= 60);
      await device.stop();
      const away = new Progress(journal);
      await away.until('more messages than it has', ({ sent, pushed }) => sent.length >= 20 && pushed >= 40);
      device.start();
      const isBack = (one: SessionRecord) => one.device === device.name && one.pts! - one.from_pts! >= 10;
      await away.until('a session that has something to catch up', ({ opened }) => opened.some(isBack));
      await away.until('a shallow catch-up', ({ caughtUp }) =>
        caughtUp.some((one) => one.device === device.name),
      );
      await expect.poll(answer).toMatchObject({ retryable: true });
    });
    await expect.poll(answer).toMatchObject({ more: expect.any(Boolean) });
    expectClosedByNobodyBut(faultNamed('postgres down'), progress);
  },
);

test('the NATS node that leads most streams is killed: work goes on', { timeout: 180_000 }, async () => {
  const name = 'kill nats leader';
  const progress = await during(name, (since) => since.until('work goes on', worksOn));
  expectClosedByNobodyBut(faultNamed(name), progress);
});

test(
  'nothing is lost, doubled, out of order or different, and nobody was shown an error',
  { timeout: 180_000 },
  async () => {
    await workload.pause(30_000);
    const { actors, sdkActors } = workload;
    const resting = comeToRest({ actors, sdkActors, journal, timeout_ms: 60_000 });
    const stuck = await resting.catch((error: unknown) => error);
    journal.flush();
    const findings = await checkRun(runInFiles(records));
    expect({ stuck, violations: findings.violations }).toEqual({ stuck: undefined, violations: [] });
    expect(findings.counts().filter(({ looked }) => looked === 0)).toEqual([]);
    const { faults } = await measureRun(runInFiles(records));
    expect(faults.map(({ shown }) => shown)).toEqual(faults.map(() => ({})));
    console.log(`${faults[0]!.areas.send!.count} sends by raw clients, all there once; seed ${seed}`);
  },
);
