/** What a user's large reads take: all chats at once, pages of a chat, searching. Over a WebSocket, one after the other. */
import { randomUUID } from 'node:crypto';
import { snapshotPages } from '#client/first-sync.js';
import type { Session } from '#client/session.js';
import { accessSigner } from '../../test/support/access-signer.js';
import { LogWriter } from '../../test/support/log-writer.js';
import { WireClient, WireRefusal } from '../../test/support/wire-client.js';
import { Installation, streamsPerFamily } from '../support/installation.js';
import { figure, type Figure, type Written } from '../support/outcome.js';
import { Durations } from '../support/percentiles.js';
import { cpuSecondsOf } from '../support/proc.js';
import { fillReadModels, type ReadScene, type Sizes } from './scene.js';
import { wordOf } from './words.js';

export interface ReadsBench {
  readonly messages: number;
  readonly rounds: number;
  readonly profile?: string;
}

export type Part = 'snapshot' | 'history' | 'search';

/** What is measured, by what it is called: answers with what there is to say of it, a number. */
type Measured = readonly [what: string, read: (round: number) => Promise<number>, of: string];

const chats_count = 2_000;
const p99_ms_max: Readonly<Record<Part, number>> = { snapshot: 200, history: 5, search: 50 };
const snapshot_chats_max = 500;

export async function benchReads(
  part: Part,
  { messages, rounds, profile }: ReadsBench,
  say: (line: string) => void,
): Promise<Written> {
  const installation = await Installation.start(profile);
  try {
    // Of a snapshot only the last messages count: what others have, and who wrote what, changes nothing.
    const sizes: Sizes = { messages, large: Math.floor(messages / 10), chats: chats_count };
    say(`${messages} messages by COPY`);
    const scene = await fillReadModels(installation, sizes);
    say(`${part}`);
    const { client, pids } = await connected(installation, scene.userId);
    const cpu = () => pids.map((some) => some.reduce((sum, pid) => sum + cpuSecondsOf(pid), 0));
    const rows: string[] = [];
    const figures: Figure[] = [];
    for (const [what, ask, of] of parts[part](client, scene)) {
      const durations = new Durations();
      let [count, refused] = [0, 0];
      const read = (round: number) =>
        ask(round).catch((error: unknown) => {
          if (!(error instanceof WireRefusal && error.code === 'TOO_BROAD')) throw error;
          refused++;
          return 0;
        });
      // The first time fills caches that a server has filled.
      await read(-1);
      const before = cpu();
      for (let round = 0; round < rounds; round++) count += await durations.time(() => read(round));
      const [apps, postgres] = cpu().map((after, at) =>
        (((after - before[at]!) / rounds) * 1_000).toFixed(1),
      );
      const told = refused === 0 ? '' : `, ${refused} times TOO_BROAD`;
      figures.push(figure(`${what}: p99`, durations.ms(0.99), 'ms', { at_most: p99_ms_max[part] }));
      rows.push(
        `| ${what} | ${durations} | ${apps} | ${postgres} | ${(count / rounds).toFixed(0)} ${of}${told} |`,
      );
      say(rows.at(-1)!);
    }
    client.socket.terminate();
    const head = `${messages.toLocaleString('en')} messages, ${scene.mine.toLocaleString('en')} of them in the ${chats_count.toLocaleString('en')} chats of who asks, ${sizes.large.toLocaleString('en')} in one. ${rounds} times each; ms: p50 / p99 / max; CPU: ms each.`;
    const columns = '| what | ms | CPU of gateway and query handler | CPU of Postgres | answers |';
    const markdown = [head, '', columns, '| --- | --- | --- | --- | --- |', ...rows].join('\n');
    return { markdown, figures };
  } finally {
    await installation.stop();
  }
}

/** `pids`: of the apps, each with what it takes; of Postgres. */
async function connected(installation: Installation, user_id: string) {
  const { nc, secrets } = installation;
  const identity = { user_id, device_id: randomUUID() };
  await new LogWriter(nc, streamsPerFamily).signIn(identity.user_id, identity.device_id);
  const token = await (await accessSigner(nc, secrets)).sign(identity);
  const handler = await installation.startApp('query-handler');
  const gateway = await installation.startApp('gateway');
  const client = await WireClient.open(gateway.url, token);
  return { client, pids: [[handler.pid, gateway.pid], [installation.postgres.pid]] };
}

const parts: Record<Part, (client: WireClient, scene: ReadScene) => readonly Measured[]> = {
  snapshot: (client) => [
    [
      `all ${chats_count} chats, each with its last message`,
      () => wholeSnapshot(client, { chats_limit: snapshot_chats_max, messages_limit: 0 }),
      'chats',
    ],
    [
      `all ${chats_count} chats as the SDK takes them: 100 with 20 messages, the others with the last one`,
      async () => {
        const request = client.request.bind(client) as unknown as Session['request'];
        return (await snapshotPages(request)).flatMap(({ chats }) => chats).length;
      },
      'chats',
    ],
    [
      '50 chats with 20 messages each',
      async () =>
        (await client.request('sync.snapshot', { chats_limit: 50, messages_limit: 20 })).chats.length,
      'chats',
    ],
  ],
  history: (client, { largeChatId: chat_id, large }) => {
    const page = (range: (round: number) => object) => async (round: number) =>
      (await client.request('messages.history', { chat_id, ...range(round) })).messages.length;
    const seq = (round: number) => 1_000 + (((round + 1) * 7_919) % (large - 1_000));
    return [
      ['the latest 50 of the large chat', page(() => ({})), 'messages'],
      ['50 before one', page((round) => ({ before_seq: seq(round) })), 'messages'],
      ['50 after one', page((round) => ({ after_seq: seq(round) })), 'messages'],
      ['50 around one', page((round) => ({ around_seq: seq(round) })), 'messages'],
      ['100 before one', page((round) => ({ before_seq: seq(round), limit: 100 })), 'messages'],
    ];
  },
  search: (client, { largeChatId: chat_id, someChatId }) => {
    const hits = (asked: (round: number) => object) => async (round: number) =>
      (await client.request('messages.search', { limit: 50, ...asked(round) })).hits.length;
    const rare = (round: number) => wordOf(5_000 + ((round * 97) % 10_000));
    const common = wordOf(0);
    const usual = (round: number) => wordOf(20 + ((round * 13) % 300));
    return [
      ['a rare word, in all chats', hits((round) => ({ query: `${rare(round)} ` })), 'hits'],
      ['a usual word, in all chats', hits((round) => ({ query: `${usual(round)} ` })), 'hits'],
      ['the most common word, in all chats', hits(() => ({ query: `${common} ` })), 'hits'],
      ['two letters, in all chats', hits((round) => ({ query: usual(round).slice(0, 2) })), 'hits'],
      [
        'two usual words, in all chats',
        hits((round) => ({ query: `${usual(round)} ${usual(round + 1)} ` })),
        'hits',
      ],
      ['a rare word, in the large chat', hits((round) => ({ chat_id, query: rare(round) })), 'hits'],
      ['the most common word, in the large chat', hits(() => ({ chat_id, query: `${common} ` })), 'hits'],
      [
        'two letters, in the large chat',
        hits((round) => ({ chat_id, query: usual(round).slice(0, 2) })),
        'hits',
      ],
      [
        'a usual word, in another chat',
        hits((round) => ({ chat_id: someChatId, query: usual(round) })),
        'hits',
      ],
    ];
  },
};

async function wholeSnapshot(client: WireClient, limits: object): Promise<number> {
  let count = 0;
  let page: Record<string, any> = {};
  do {
    const cursor = page.next_cursor === undefined ? {} : { cursor: page.next_cursor };
    page = await client.request('sync.snapshot', { ...limits, ...cursor });
    count += page.chats.length;
  } while (page.next_cursor !== undefined);
  return count;
}
