import { KeyRingStore } from '#edge/key-ring-store.js';
import { stateOf, type KeyRing, type KeyState, type RingKey } from '#edge/key-ring.js';
import type { Operation } from '../operation.js';
import { moment, table } from '../table.js';

export interface KeyShown extends RingKey {
  readonly state: KeyState;
}

export interface KeysShown {
  readonly keys: readonly KeyShown[];
}

export const listKeysOperation: Operation<object, KeysShown> = {
  name: 'keys list',
  summary: 'Shows the keys that sign access tokens: which signs, which is next, which are still accepted.',
  help: 'Public halves and times only. Old keys stay in sight for thirty days.',
  examples: [['npm run admin -- keys list', 'when the next key takes over, and which were retired']],
  role: 'auditor',
  parameters: [],
  run: async ({ nats }) => shown(await new KeyRingStore(nats).read()),
  print: ({ keys }) => (keys.length === 0 ? ['None: the first api that runs makes one.'] : keysTable(keys)),
};

export const shown = (ring: KeyRing, nowMs = Date.now()): KeysShown => ({
  keys: ring.keys.map((key) => ({ ...key, state: stateOf(ring, key, nowMs) })),
});

export const keysTable = (keys: readonly KeyShown[]): readonly string[] =>
  table(
    ['key', 'state', 'made (UTC)', 'signs from', 'retired'],
    keys.map((key) => [
      key.kid,
      key.state,
      moment(key.created_at_ms),
      moment(key.signs_from_ms),
      key.retired_at_ms === undefined ? '' : moment(key.retired_at_ms),
    ]),
  );
