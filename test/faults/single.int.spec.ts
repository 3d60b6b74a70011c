/**
 * One process with everything in it, under a workload, while its way to NATS, its clock and its servers' disks fail: answers
 * lost, late and double, the way cut, the clock set, no room to write. Nothing acknowledged is lost or doubled, everybody
 * has seen the same in the same order, and no client that follows the protocol shows an error.
 *
 * Seen failing: with answers of several parts taken for whole when one of them was lost (a user's log stopped for good, and
 * devices were told that their tokens do not continue).
 */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkRun } from '../drill/checker/check-run.js';
import { chosenFaults } from '../drill/faults/plan.js';
import { FileJournal, runInFiles } from '../drill/journal.js';
import type { Layout } from '../drill/layouts/layout.js';
import { startSingle } from '../drill/layouts/single.js';
import { Progress } from '../drill/progress.js';
import { comeToRest } from '../drill/workload/rest.js';
import { Workload } from '../drill/workload/workload.js';
import { seededRandom } from '../support/random.js';
import { freshDirectory, removeRunDirectory } from '../support/run-directory.js';

const chance = seededRandom('single');
const directory = freshDirectory();
const records = join(directory, 'records');
let layout: Layout;
let journal: FileJournal;
let workload: Workload;

beforeAll(async () => {
  const options = { postgres_down_ms: 0, hasSmallDisks: true, chance, say: console.log };
  layout = await startSingle(join(directory, 'data'), options);
  journal = new FileJournal(records);
  const load = { users: 3, operationsPerSecond: 40, seed: chance.seed };
  workload = new Workload({ ...load, journal, directory, baseUrl: layout.url, servers: [] });
  await workload.begin();
  workload.start();
});
afterAll(async () => {
  await workload?.end();
  journal?.close();
  await layout?.stop();
  removeRunDirectory(directory);
});

const sendsGoOn = ({ sent, pushed }: Progress): boolean => sent.length >= 12 && pushed >= 12;

/** Disks are left out where mounting is refused. */
async function during(
  kind: string,
  holds: (progress: Progress) => boolean | Promise<boolean>,
): Promise<void> {
  for (const fault of chosenFaults(layout.faults, [kind])) {
    const progress = new Progress(journal);
    const detail = await fault.begin();
    console.log(`${fault.name} ${detail ?? ''}`);
    try {
      await expect.poll(() => holds(progress), { timeout: 60_000 }).toBe(true);
    } finally {
      await fault.end();
    }
    const after = new Progress(journal);
    await after.until(`after ${fault.name} sends go on`, sendsGoOn);
    progress.end();
    after.end();
  }
}

/** Of what is lost a part so large that a log may stand still: sends that are answered all the same will do. */
test('lose answers', { timeout: 120_000 }, () =>
  during('lose answers', ({ operations }) => operations.length >= 12),
);

test.each(['double', 'delay', 'set clock'])('%s', { timeout: 120_000 }, (kind) => during(kind, sendsGoOn));

// Who lost their connection just then cannot open another one: any device that is still connected will do.
test('cut', { timeout: 120_000 }, () => {
  const devices = workload.actors.map(({ device }) => device);
  const chat_id = devices[0]!.log.chats.all()[0]!.chatId;
  const isRefused = (device: (typeof devices)[number]) =>
    device.request('messages.history', { chat_id }).then(
      () => false,
      (error: { readonly retryable?: boolean }) => error.retryable === true,
    );
  return during('cut', async () => (await Promise.all(devices.map(isRefused))).includes(true));
});

test('fill disk', { timeout: 120_000 }, () =>
  during('fill disk', (progress) => progress.acknowledged(['messages.history', 'chats.get']).length >= 4),
);

test(
  'nothing is lost, doubled or out of order, and nobody was shown an error',
  { timeout: 180_000 },
  async () => {
    await workload.pause(30_000);
    const { actors, sdkActors } = workload;
    const resting = comeToRest({ actors, sdkActors, journal, timeout_ms: 60_000 });
    const stuck = await resting.catch((error: unknown) => error);
    journal.flush();
    const findings = await checkRun(runInFiles(records));
    expect({ stuck, violations: findings.violations }).toEqual({ stuck: undefined, violations: [] });
  },
);
