import { KeyRingStore } from '#edge/key-ring-store.js';
import { withRetired } from '#edge/key-ring.js';
import { OperationRefused, type Operation } from '../operation.js';
import { keysTable, shown, type KeysShown } from './list-keys.js';

interface Params {
  readonly key: string;
}

export const retireKeyOperation: Operation<Params, KeysShown> = {
  name: 'keys retire',
  summary: 'Refuses all access tokens of a key at once, everywhere: it leaked, or may have.',
  help:
    'Sessions that were opened with its tokens are closed too. Devices stay signed in: with their refresh tokens they get access ' +
    'tokens of another key, which an api makes at once if this was the one that signs. It needs no api to be running.',
  examples: [
    [
      'npm run admin -- keys retire --key kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k --reason "leaked, ticket 4711"',
      'nothing that it signed is taken any more',
    ],
  ],
  role: 'operator',
  parameters: [
    {
      name: 'key',
      value: 'kid',
      required: true,
      help: 'as keys list shows it',
      expected: '43 letters, digits, dashes and underscores',
      parse: (text) => (/^[A-Za-z0-9_-]{43}$/.test(text) ? text : undefined),
    },
  ],
  run: async ({ nats }, { key: kid }) => {
    const ring = await new KeyRingStore(nats).change((before) => withRetired(before, kid, Date.now()));
    if (!ring.keys.some((key) => key.kid === kid)) throw new OperationRefused(`key: there is no key ${kid}`);
    return shown(ring);
  },
  print: ({ keys }) => keysTable(keys),
};
