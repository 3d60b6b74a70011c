import type { Device } from '#domain/account/events.js';
import { restoreAccount } from '#domain/account/restore.js';
import type { AccountDecision } from '#domain/account/state.js';
import { isUuid } from '#domain/kernel/ids.js';
import { decodeDecision } from '#streams/decision-codec.js';
import { NatsEventStore } from '#streams/nats-event-store.js';
import { storedMessages } from '#streams/stored-messages.js';
import { accountSubject, streamOf } from '#streams/subjects.js';
import { OperationRefused, type AdminContext, type Parameter } from '../operation.js';

export const idParameter = (name: string, help: string): Parameter => ({
  name,
  value: 'id',
  required: true,
  help,
  parse: (text) => (isUuid(text) ? text : undefined),
  expected: 'a UUID',
});

/** The devices signed in now, by the account's own stream and its leader. */
export async function signedInDevices(context: AdminContext, userId: string): Promise<readonly Device[]> {
  const { nats, streamsPerFamily } = context;
  const store = new NatsEventStore(nats, { streamsPerFamily });
  const loaded = await store.load(accountSubject(userId), { fresh: true });
  const account = restoreAccount((loaded?.head.decision ?? null) as AccountDecision | null);
  if (account.status === 'none') throw new OperationRefused(`user: there is no account ${userId}`);
  return account.devices;
}

/** Whether the account ever had the device: an account has few decisions. */
export async function everHad(context: AdminContext, userId: string, deviceId: string): Promise<boolean> {
  const { nats, streamsPerFamily, signal } = context;
  const stream = streamOf('ACCOUNT', userId, streamsPerFamily);
  const subject = accountSubject(userId);
  const range = { stream, subject, fromSequence: 1, toSequence: Number.MAX_SAFE_INTEGER };
  for await (const { messages } of storedMessages(nats, range, signal)) {
    const events = messages.flatMap((message) => decodeDecision(stream, message).decision.events);
    const had = (events as AccountDecision['events']).some(
      (event) => event.type === 'DeviceAdded' && event.data.device.device_id === deviceId,
    );
    if (had) return true;
  }
  return false;
}
