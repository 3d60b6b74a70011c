/**
 * Two whole processes on the same NATS and Postgres, each with devices of the same users: they share ranges, logs and
 * projections, and when one is killed the other takes over. Nothing acknowledged is lost or doubled, all devices agree.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, test } from 'vitest';
import { startOdnix, type OdnixProcess } from '../support/odnix-process.js';
import { Person } from '../support/person.js';
import { seededRandom } from '../support/random.js';
import { freshDirectory, removeRunDirectory } from '../support/run-directory.js';
import { Sender } from '../support/sender.js';
import { freshDatabase, startNats, type TestDatabase, type TestNats } from '../support/servers.js';
import { expectWhole } from '../support/whole-device.js';

const random = seededRandom('two-processes');
/** Senders of one chat are answered together; a moment later some messages are stored and not answered. */
const kill_delay_ms_max = 12;
const directories = [freshDirectory(), freshDirectory()];
let nats: TestNats;
let database: TestDatabase;
let processes: OdnixProcess[];
let environment: Record<string, string>;

beforeAll(async () => {
  [nats, database] = await Promise.all([startNats(), freshDatabase()]);
  const ODNIX_SECRET = randomBytes(32).toString('base64url');
  environment = { NATS_URL: nats.url, DATABASE_URL: database.url, ODNIX_SECRET };
  processes = await Promise.all(directories.map((directory) => startOdnix(directory, environment)));
});
afterAll(async () => {
  await Promise.all((processes ?? []).map((one) => one.stop()));
  await Promise.all([nats?.stop(), database?.drop()]);
  for (const directory of directories) removeRunDirectory(directory);
});

test('one of two processes is killed during sends; its devices go on at the other', async () => {
  const devices: Person[] = [];
  for (const phone of ['+15550500', '+15550501', '+15550502']) {
    for (const { url } of processes) devices.push(await (await Person.signIn(url, phone, url)).connect());
  }
  const owner = devices[0]!;
  const member_ids = [...new Set(devices.map(({ userId }) => userId))];
  const { chat } = await owner.create({ kind: 'group', title: 'All', member_ids });
  const { chat: other } = await owner.create({ kind: 'direct', member_ids: [devices[2]!.userId] });
  const senders = devices.map((device, index) => {
    const chats = index < 4 ? [chat.chat_id, other.chat_id] : [chat.chat_id];
    return new Sender(device, chats, random);
  });
  const total = () => senders.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0);
  const rest = (enough: () => boolean) => Promise.all(senders.map((sender) => sender.run(enough)));

  const killAt = 100 + random.integer(100);
  const victim = random.integer(2);
  let killed: Promise<void> | undefined;
  const enough = killAt + 150;
  const sending = rest(() => {
    if (total() >= killAt)
      killed ??= pause(random.integer(kill_delay_ms_max)).then(() => processes[victim]!.kill('app'));
    return total() >= enough;
  });
  await sending;
  await killed;
  const survivor = processes[1 - victim]!;
  for (const device of devices) if (device.baseUrl !== survivor.url) await device.connect(survivor.url);
  await rest(() => total() >= enough + 100);

  processes[victim] = await startOdnix(directories[victim]!, environment);
  for (const device of devices.slice(0, 3)) {
    device.client.drop();
    await device.connect(processes[victim]!.url);
  }
  await rest(() => total() >= enough + 150);
  const acknowledged = senders.flatMap((sender) => sender.acknowledged);
  for (const device of devices) await expectWhole(device, acknowledged);
  console.log(`killed process ${victim} at ${killAt} of ${acknowledged.length} messages, all there once`);
});
