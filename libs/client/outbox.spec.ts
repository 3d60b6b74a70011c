import { describe, expect, test } from 'vitest';
import { uuidV7TimeMs } from '#domain/kernel/ids.js';
import type { MessagesSendParams } from '#protocol/methods/messages.js';
import { back_off_max_ms } from './back-off.js';
import { MemoryStore, type LocalStore } from './local-store.js';
import { OdnixError } from './odnix-error.js';
import { Outbox, outbox_items_max } from './outbox.js';
import { ServerClock } from './server-clock.js';
import { settled, VirtualEnvironment } from './testing/virtual-environment.js';

const text = (words: string) => ({ type: 'text', text: words }) as const;
const wordsOf = ({ content }: { content: MessagesSendParams['content'] }): string =>
  content.type === 'text' ? content.text : '';

interface Sending {
  readonly params: MessagesSendParams;
  readonly words: string;
  answer(): Promise<void>;
  fail(code: 'BUSY' | 'CONNECTION_LOST' | 'NOT_A_MEMBER' | 'CLOCK_AHEAD'): Promise<void>;
}

async function world(store: LocalStore = new MemoryStore()) {
  const environment = new VirtualEnvironment(1);
  const clock = new ServerClock(environment);
  const sendings: Sending[] = [];
  const refused: string[] = [];
  let seq = 0;
  const outbox = new Outbox({
    environment,
    clock,
    store,
    send: (params) =>
      new Promise((resolve, reject) =>
        sendings.push({
          params,
          words: wordsOf(params),
          answer: () => (
            resolve({ chat_id: params.chat_id, seq: ++seq, date_ms: 1, duplicate: false }),
            settled()
          ),
          fail: (code) => {
            const retryable = code === 'BUSY' || code === 'CONNECTION_LOST';
            reject(new OdnixError(code, code, { retryable, details: { server_time_ms: 1_600_000_000_000 } }));
            return settled();
          },
        }),
      ),
    onChanged: () => undefined,
    onRefused: (message, { code }) => refused.push(`${wordsOf(message)} ${code}`),
    onError: (error) => refused.push(String(error)),
  });
  outbox.restore(await store.load());
  return { environment, clock, store, outbox, sendings, refused };
}

describe('the outbox', () => {
  test('sends a chat in order, one at a time, and chats beside each other', async () => {
    const { outbox, sendings } = await world();
    outbox.online();
    await Promise.all(['a', 'b', 'c'].map((words) => outbox.add('chat 1', text(words))));
    const other = await outbox.add('chat 2', text('x'));
    expect(sendings.map(({ words }) => words)).toEqual(['a', 'x']);
    await sendings[0]!.answer();
    await sendings[2]!.answer();
    await sendings[1]!.answer();
    expect(sendings.map(({ words }) => words)).toEqual(['a', 'x', 'b', 'c']);
    await expect(other.sent).resolves.toMatchObject({
      chat_id: 'chat 2',
      client_msg_id: other.client_msg_id,
    });
    expect(outbox.pending('chat 1').map(wordsOf)).toEqual(['c']);
  });

  test('a lost connection changes neither id nor order', async () => {
    const { outbox, sendings } = await world();
    outbox.online();
    for (const words of ['a', 'b']) await outbox.add('chat', text(words));
    outbox.offline();
    await sendings[0]!.fail('CONNECTION_LOST');
    outbox.online();
    expect(sendings.map(({ words }) => words)).toEqual(['a', 'a']);
    expect(sendings[1]!.params).toEqual(sendings[0]!.params);
  });

  test('a retryable error is tried again, with the same id, before anything later of its chat', async () => {
    const { outbox, sendings, environment } = await world();
    outbox.online();
    for (const words of ['a', 'b']) await outbox.add('chat', text(words));
    await sendings[0]!.fail('BUSY');
    expect(sendings).toHaveLength(1);
    await environment.pass(back_off_max_ms);
    expect(sendings[1]!.params).toEqual(sendings[0]!.params);
    await sendings[1]!.answer();
    expect(sendings[2]!.words).toBe('b');
  });

  test('what was not answered before a restart is sent after it, with the same id, in order', async () => {
    const before = await world();
    await before.outbox.add('chat', text('offline'));
    before.outbox.online();
    await settled();
    await before.outbox.add('chat', text('after it'));
    const after = await world(before.store);
    expect(after.outbox.size).toBe(2);
    after.outbox.online();
    await settled();
    expect(after.sendings[0]!.params).toEqual(before.sendings[0]!.params);
    await after.sendings[0]!.answer();
    await after.sendings[1]!.answer();
    expect(after.sendings.map(({ words }) => words)).toEqual(['offline', 'after it']);
    expect((await world(before.store)).outbox.size).toBe(0);
  });

  test('a refusal is told and does not hold up what follows', async () => {
    const { outbox, sendings, refused } = await world();
    outbox.online();
    const first = await outbox.add('chat', text('a'));
    await outbox.add('chat', text('b'));
    await sendings[0]!.fail('NOT_A_MEMBER');
    await expect(first.sent).rejects.toMatchObject({ code: 'NOT_A_MEMBER' });
    expect(refused).toEqual(['a NOT_A_MEMBER']);
    expect(sendings[1]!.words).toBe('b');
  });

  test('standing in the log is an answer: what was confirmed is not sent again', async () => {
    const { outbox, sendings } = await world();
    outbox.online();
    const { client_msg_id, sent } = await outbox.add('chat', text('a'));
    await outbox.confirmed({ chat_id: 'chat', client_msg_id, seq: 7 });
    await expect(sent).resolves.toMatchObject({ seq: 7 });
    await sendings[0]!.fail('CONNECTION_LOST');
    outbox.online();
    expect([outbox.size, sendings.length]).toEqual([0, 1]);
  });

  test('ids carry the time of the server', async () => {
    const { outbox, clock, environment } = await world();
    clock.observe(environment.nowMs() - 3_600_000);
    const { client_msg_id } = await outbox.add('chat', text('a'));
    expect(uuidV7TimeMs(client_msg_id)).toBe(environment.nowMs() - 3_600_000);
  });

  test('an id refused as too early is replaced at its first use, and never once it may have been stored', async () => {
    const { outbox, sendings, environment } = await world();
    outbox.online();
    const { sent } = await outbox.add('chat', text('a'));
    await sendings[0]!.fail('CLOCK_AHEAD');
    expect(uuidV7TimeMs(sendings[1]!.params.client_msg_id)).toBe(1_600_000_000_000);
    await sendings[1]!.fail('BUSY');
    await environment.pass(back_off_max_ms);
    await sendings[2]!.fail('CLOCK_AHEAD');
    await environment.pass(back_off_max_ms);
    expect(sendings[3]!.params).toEqual(sendings[1]!.params);
    await sendings[3]!.answer();
    await expect(sent).resolves.toMatchObject({ client_msg_id: sendings[1]!.params.client_msg_id });
  });

  test('takes no more than its maximum', async () => {
    const { outbox } = await world();
    for (let count = 0; count < outbox_items_max; count++) await outbox.add(`chat ${count % 7}`, text('a'));
    await expect(outbox.add('chat', text('a'))).rejects.toMatchObject({ code: 'OUTBOX_FULL' });
  });
});
