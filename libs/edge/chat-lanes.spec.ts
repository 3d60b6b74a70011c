import { expect, test } from 'vitest';
import { commands_per_request_max, nothingSeen, type CommandRequest } from '#streams/requests.js';
import { ChatLanes } from './chat-lanes.js';

const command = (n: number, text = ''): CommandRequest => ({
  command_id: String(n),
  method: 'messages.send',
  params: { n, text },
});

/** A server whose requests are answered when the test says so. */
function heldServer() {
  const requests: { chat: string; ns: unknown[]; answer: () => void }[] = [];
  const lanes = new ChatLanes((chat, commands) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    requests.push({ chat, ns: commands.map(({ params }) => params['n']), answer: resolve });
    return promise.then(() => commands.map(({ params }) => ({ result: params, seen: nothingSeen })));
  });
  return { requests, lanes };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('one request a chat is in flight; what comes meanwhile travels together, in order; chats do not wait for others', async () => {
  const { requests, lanes } = heldServer();
  const answers = [1, 2].map((n) => lanes.submit('a', command(n)));
  await turn();
  answers.push(...[3, 4].map((n) => lanes.submit('a', command(n))), lanes.submit('b', command(5)));
  await turn();
  expect(requests.map(({ chat, ns }) => [chat, ns])).toEqual([
    ['a', [1, 2]],
    ['b', [5]],
  ]);
  requests.forEach(({ answer }) => answer());
  await turn();
  expect(requests.map(({ chat, ns }) => [chat, ns])).toEqual([
    ['a', [1, 2]],
    ['b', [5]],
    ['a', [3, 4]],
  ]);
  requests.at(-1)!.answer();
  const replies = await Promise.all(answers);
  expect(replies.map((reply) => 'result' in reply && reply.result['n'])).toEqual([1, 2, 3, 4, 5]);
});

test('a query waits for the commands sent before it in its chat, and for no later one', async () => {
  const { requests, lanes } = heldServer();
  void lanes.submit('a', command(1));
  await turn();
  let isSettled = false;
  void lanes.settled('a').then(() => (isSettled = true));
  void lanes.submit('a', command(2));
  await turn();
  expect(isSettled).toBe(false);
  requests[0]!.answer();
  await turn();
  expect(isSettled).toBe(true);
  await lanes.settled('b');
});

test('a request never holds more commands or bytes than it may, and nothing is lost', async () => {
  const { requests, lanes } = heldServer();
  const sizes = [...Array.from({ length: 150 }, () => 10), ...Array.from({ length: 20 }, () => 60_000)];
  const answers = sizes.map((size, n) => lanes.submit('a', command(n, 'x'.repeat(size))));
  for (let round = 0; round < 10; round++) {
    await turn();
    requests.forEach(({ answer }) => answer());
  }
  await Promise.all(answers);
  expect(requests.flatMap(({ ns }) => ns)).toEqual(sizes.map((_, n) => n));
  expect(Math.max(...requests.map(({ ns }) => ns.length))).toBe(commands_per_request_max);
  expect(requests.length).toBeGreaterThan(3);
});
