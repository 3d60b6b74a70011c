/** Hundreds who react at once to one message of a group: what each waits for, and when everybody and the tables know it. */
import { v7 as uuidV7 } from 'uuid';
import { accessSigner } from '../../test/support/access-signer.js';
import { LogWriter } from '../../test/support/log-writer.js';
import { WireClient, WireRefusal } from '../../test/support/wire-client.js';
import { Installation, streamsPerFamily } from '../support/installation.js';
import { Durations } from '../support/percentiles.js';

export interface ReactionsBench {
  /** The group's others, all of whom react. */
  readonly people: number;
}

const apps = ['projector', 'query-handler', 'timeline', 'command-handler'] as const;
/** Of people whom the read models do not know the command handler looks for so many at once. */
const added_at_once_max = 30;
/** So many decisions that the chat's recent run does not reach back to the first message any more. */
const messages_between = 100;
const opened_at_once = 20;
const told_ms_max = 120_000;
const emojis = ['👍', '🎉', '😀', '😮', '😢'];
const poll_ms = 20;

interface Wave {
  readonly what: string;
  readonly latency: Durations;
  readonly refused: number;
  readonly answered_ms: number;
  readonly told_ms: number;
  readonly shown_ms: number;
}

export async function benchReactions(
  { people }: ReactionsBench,
  say: (line: string) => void,
): Promise<string> {
  const installation = await Installation.start();
  try {
    for (const app of apps) await installation.startApp(app);
    const { url } = await installation.startApp('gateway');
    const [owner, ...others] = await signedIn(installation, url, people + 1);
    const chat_id = await groupOf(owner!, others);
    const waves: Wave[] = [];
    const first = await sent(owner!, chat_id);
    say(`${people} people react to a message of just now`);
    waves.push(await wave('a message of just now', { owner: owner!, others, chat_id, seq: first, turn: 0 }));
    const between = await Promise.all(Array.from({ length: messages_between }, () => sent(owner!, chat_id)));
    await owner!.until(() => hasMessage(owner!, Math.max(...between)), told_ms_max);
    say(`${people} people react otherwise, to what is an old message by now`);
    waves.push(
      await wave('an old message, otherwise', { owner: owner!, others, chat_id, seq: first, turn: 1 }),
    );
    for (const { socket } of [owner!, ...others]) socket.terminate();
    return reportOf(people, waves);
  } finally {
    await installation.stop();
  }
}

async function signedIn({ nc, secrets }: Installation, url: string, count: number): Promise<WireClient[]> {
  const [writer, access] = [new LogWriter(nc, streamsPerFamily), await accessSigner(nc, secrets)];
  const clients: WireClient[] = [];
  const opened = async (): Promise<WireClient> => {
    const identity = { user_id: uuidV7(), device_id: uuidV7() };
    await writer.signIn(identity.user_id, identity.device_id);
    return WireClient.open(url, await access.sign(identity));
  };
  while (clients.length < count) {
    const length = Math.min(opened_at_once, count - clients.length);
    clients.push(...(await Promise.all(Array.from({ length }, opened))));
  }
  return clients;
}

async function groupOf(owner: WireClient, others: readonly WireClient[]): Promise<string> {
  const ids = others.map(({ session }) => session['user_id'] as string);
  const made = { kind: 'group', title: 'all', member_ids: ids.splice(0, added_at_once_max) };
  const { chat } = await owner.request('chats.create', { ...made, client_request_id: uuidV7() });
  while (ids.length > 0)
    await owner.request('chats.addMembers', {
      chat_id: chat.chat_id,
      user_ids: ids.splice(0, added_at_once_max),
    });
  return chat.chat_id;
}

async function sent(owner: WireClient, chat_id: string): Promise<number> {
  const content = { type: 'text', text: 'What do you think?' };
  return (await owner.request('messages.send', { chat_id, client_msg_id: uuidV7(), content })).seq;
}

interface Asked {
  readonly owner: WireClient;
  readonly others: readonly WireClient[];
  readonly chat_id: string;
  readonly seq: number;
  readonly turn: number;
}

async function wave(what: string, { owner, others, chat_id, seq, turn }: Asked): Promise<Wave> {
  const latency = new Durations();
  const before = reactionsIn(owner);
  const begun = performance.now();
  const since = (): number => performance.now() - begun;
  let refused = 0;
  const react = (one: WireClient, index: number) =>
    latency.time(() => untilTaken(one, { chat_id, seq, emoji: emojiOf(index + turn) }, () => refused++));
  const answered = Promise.all(others.map(react)).then(since);
  const told = owner.until(() => reactionsIn(owner) - before >= others.length, told_ms_max).then(since);
  const shown = answered.then(() => shownAt(owner, { chat_id, seq, turn }, others.length)).then(since);
  const [answered_ms, told_ms, shown_ms] = await Promise.all([answered, told, shown]);
  return { what, latency, refused, answered_ms, told_ms, shown_ms };
}

const emojiOf = (index: number): string => emojis[index % emojis.length]!;
const hasMessage = ({ updates }: WireClient, seq: number): boolean =>
  updates.some(({ update }) => update.type === 'message.new' && update['seq'] === seq);
const reactionsIn = ({ updates }: WireClient): number =>
  updates.filter(({ update }) => update.type === 'message.reaction').length;

/** As a client does: what is retryable is asked again, after the time that the answer says. */
async function untilTaken(one: WireClient, params: object, onRefused: () => void): Promise<void> {
  for (;;) {
    try {
      return void (await one.request('messages.react', params));
    } catch (error) {
      if (!(error instanceof WireRefusal) || error.error.data?.retryable !== true) throw error;
      onRefused();
      await new Promise((resolve) => setTimeout(resolve, error.error.data?.retry_after_ms ?? poll_ms));
    }
  }
}

/** Resolves when a query counts all of this turn. */
async function shownAt(
  owner: WireClient,
  { chat_id, seq, turn }: Pick<Asked, 'chat_id' | 'seq' | 'turn'>,
  count: number,
): Promise<void> {
  const expected = Array.from({ length: count }, (_, index) => emojiOf(index + turn));
  const isAll = ({ reactions }: { reactions: { emoji: string; count: number }[] }): boolean =>
    emojis.every((emoji) => {
      const wanted = expected.filter((one) => one === emoji).length;
      return (reactions.find((one) => one.emoji === emoji)?.count ?? 0) === wanted;
    });
  const page = { chat_id, after_seq: seq - 1, limit: 1 };
  while (!isAll((await owner.request('messages.history', page))['messages'][0]))
    await new Promise((resolve) => setTimeout(resolve, poll_ms));
}

function reportOf(people: number, waves: readonly Wave[]): string {
  const rows = waves.map(({ what, latency, refused, answered_ms, told_ms, shown_ms }) => {
    const times = [answered_ms, told_ms, shown_ms].map((ms) => ms.toFixed(0));
    return `| ${[what, latency, refused, ...times].join(' | ')} |`;
  });
  return [
    `${people} people react at once; every reaction is told to all ${people + 1} members.`,
    '',
    '| to | answered (p50 / p99 / max, ms) | asked again | all answered after, ms | one member told of all after, ms | a query shows all after, ms |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}
