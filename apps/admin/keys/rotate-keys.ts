import { setTimeout as pause } from 'node:timers/promises';
import { KeyRingStore } from '#edge/key-ring-store.js';
import { stateOf, type KeyRing } from '#edge/key-ring.js';
import { OperationRefused, type AdminContext, type Operation } from '../operation.js';
import { keysTable, shown, type KeysShown } from './list-keys.js';

const wait_ms_max = 10_000;
const look_again_ms = 200;

export const rotateKeysOperation: Operation<object, KeysShown> = {
  name: 'keys rotate',
  summary: 'Has the next key for access tokens made now; it signs from an hour later on, and nobody notices.',
  help:
    'Keys rotate by themselves every thirty days. Where a next key is published already, nothing changes. An api makes the key, ' +
    'since it alone holds private halves. For a key that leaked: keys retire.',
  examples: [['npm run admin -- keys rotate --reason "yearly drill"', 'the present key signs one hour more']],
  role: 'operator',
  parameters: [],
  run: rotate,
  print: ({ keys }) => keysTable(keys),
};

async function rotate({ nats, signal }: AdminContext): Promise<KeysShown> {
  const store = new KeyRingStore(nats);
  const asked_at_ms = Date.now();
  const asked = await store.change((ring) =>
    hasNext(ring) ? null : { ...ring, rotation_asked_at_ms: asked_at_ms },
  );
  if (hasNext(asked)) return shown(asked);
  for (const untilMs = asked_at_ms + wait_ms_max; Date.now() < untilMs;) {
    await pause(look_again_ms, undefined, { signal });
    const ring = await store.read();
    if (ring.rotation_asked_at_ms === undefined) return shown(ring);
  }
  throw new OperationRefused(
    'It is asked for, and done by the next api that runs: none did within ten seconds.',
  );
}

const hasNext = (ring: KeyRing): boolean =>
  ring.keys.some((key) => stateOf(ring, key, Date.now()) === 'next');
