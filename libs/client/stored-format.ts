import type { LocalStore, StoredChanges, StoredValue } from './local-store.js';
import { OdnixError } from './odnix-error.js';
import { outbox_prefix } from './outbox-records.js';
import { isOfLog } from './stored-keys.js';

/**
 * Which version of the stored records this is; it stands in the store under `format`, a store without it is of version 1.
 *
 * 1: `outbox/<id>` is a message that waits to be sent. `message/<chat>/<seq>` has its seq unpadded.
 * 2: `outbox/<id>` is an OutboxItem of any kind. Seqs in keys are padded.
 * 3: `contact/<user>` and `privacy` are there, which only a snapshot tells: what an older one has of the log goes.
 */
const stored_format = 3;
const key = 'format';
const format_range = { from: key, before: `${key}~` };

/** Brings an older store to this version, in one commit; refuses one that a newer version of the SDK has written. */
export async function upgradeStore(store: LocalStore): Promise<void> {
  const format = ((await store.load(format_range)).get(key) as number | undefined) ?? 1;
  if (format > stored_format) throw newerStore();
  if (format === stored_format) return;
  const records = await store.load();
  await store.commit(new Map([...(format === 1 ? fromVersion1(records) : []), ...fromVersion2(records)]));
}

const fromVersion2 = (records: ReadonlyMap<string, StoredValue>): StoredChanges =>
  new Map<string, StoredValue | null>([
    [key, stored_format],
    ...[...records.keys()].filter(isOfLog).map((ofLog) => [ofLog, null] as const),
  ]);

function fromVersion1(records: ReadonlyMap<string, StoredValue>): StoredChanges {
  const changes = new Map<string, StoredValue | null>();
  for (const [before, value] of records)
    if (before.startsWith(outbox_prefix)) changes.set(before, outgoingMessage(value as OutgoingMessageV1));
  return changes;
}

interface OutgoingMessageV1 {
  readonly client_msg_id: string;
  readonly attempted: boolean;
}

function outgoingMessage({ client_msg_id, attempted, ...rest }: OutgoingMessageV1): StoredValue {
  return { ...rest, id: client_msg_id, kind: 'send', state: attempted ? 'attempted' : 'queued' };
}

function newerStore(): OdnixError {
  return new OdnixError(
    'STORE_NEWER',
    'A newer version of this app has written this store: update the app.',
    {
      retryable: false,
    },
  );
}
