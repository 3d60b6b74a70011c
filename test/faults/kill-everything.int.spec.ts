/**
 * I1, I2, I3 under `kill -9` of everything at once, three times in a row, while messages are being sent: nothing
 * acknowledged is lost, nothing is doubled, seq, chat_pts and pts have no holes, all devices are equal.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { v7 as uuidV7 } from 'uuid';
import {
  expectAcknowledged,
  expectContiguous,
  expectConverged,
  expectEqualLogs,
  expectOrdered,
} from '../support/invariants.js';
import { startOdnix, type OdnixProcess } from '../support/odnix-process.js';
import { freshDirectory, removeRunDirectory } from '../support/run-directory.js';
import { ConnectionLost, Person, WireRefusal, type Acknowledged } from '../support/person.js';
import { seededRandom } from '../support/random.js';

const random = seededRandom('kill-everything');
const rounds_count = 3;
const data = freshDirectory();
let odnix: OdnixProcess;

beforeAll(async () => {
  odnix = await startOdnix(data);
});
afterAll(async () => {
  await odnix?.stop();
  removeRunDirectory(data);
});

/** Sends one after another until the system is gone; what was not answered is sent again, with its key, next time. */
class Sender {
  readonly acknowledged: Acknowledged[] = [];
  private unanswered: { chat_id: string; key: string; text: string } | undefined;
  private count = 0;

  constructor(
    readonly person: Person,
    private readonly chats: readonly string[],
  ) {}

  /** Ends when the connection is lost, or once `enough` is true after an answer. */
  async run(enough: () => boolean): Promise<void> {
    while (!enough()) {
      const text = `${this.person.userId} ${++this.count}`;
      this.unanswered ??= { chat_id: random.pick(this.chats), key: uuidV7(), text };
      try {
        const { chat_id, key } = this.unanswered;
        this.acknowledged.push(await this.person.send(chat_id, this.unanswered.text, key));
        this.unanswered = undefined;
      } catch (error) {
        if (error instanceof ConnectionLost) return;
        if (!(error instanceof WireRefusal && error.error.data?.retryable)) throw error;
      }
    }
  }
}

test(`kill -9 of everything, ${rounds_count} times during sends`, async () => {
  const phones = ['+15550400', '+15550401', '+15550402'];
  const devices: Person[] = [];
  for (const phone of phones) {
    for (const name of ['phone', 'laptop'])
      devices.push(await (await Person.signIn(odnix.url, phone, name)).connect());
  }
  const people = devices.filter((_, index) => index % 2 === 0);
  const member_ids = people.map(({ userId }) => userId);
  const { chat } = await people[0]!.create({ kind: 'group', title: 'All', member_ids });
  const direct = { kind: 'direct', member_ids: [people[1]!.userId] };
  const { chat: directChat } = await people[0]!.create(direct);
  const senders = devices.map((device, index) => {
    const chats = index < 4 ? [chat.chat_id, directChat.chat_id] : [chat.chat_id];
    return new Sender(device, chats);
  });
  const total = () => senders.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0);

  for (let round = 1; round <= rounds_count; round++) {
    const killAt = total() + 40 + random.integer(120);
    const whom = random.pick(['tree', 'app'] as const);
    let killed: Promise<void> | undefined;
    const sending = senders.map((sender) =>
      sender.run(() => {
        if (total() >= killAt) killed ??= odnix.kill(whom);
        return false;
      }),
    );
    await Promise.all(sending);
    await killed;
    odnix = await startOdnix(data);
    for (const device of devices) await device.connect(odnix.url);
    console.log(`round ${round}: killed the ${whom} at ${total()} acknowledged messages`);
  }
  const enough = total() + 30;
  await Promise.all(senders.map((sender) => sender.run(() => total() >= enough)));

  const acknowledged = senders.flatMap((sender) => sender.acknowledged);
  for (const device of devices) {
    const log = await device.wholeLog();
    await device.reaches(log.length);
    expectContiguous(device.log, device.identity.device_id);
    expectOrdered(device.log);
    const mine = acknowledged.filter(({ chat_id }) =>
      device.log.some(({ update }) => update.chat_id === chat_id),
    );
    expectAcknowledged(mine, device.log);
    expectEqualLogs(device.log, await device.wholeLog(), device.userId);
    expectConverged(device.userId, await device.snapshotPages(), await device.wholeLog());
    for (const { chat_id } of [chat]) {
      const history = await device.history(chat_id);
      expect(history.map(({ seq }) => seq)).toEqual(history.map((_, index) => index + 1));
    }
  }
  console.log(`${acknowledged.length} acknowledged messages, all there once`);
});
