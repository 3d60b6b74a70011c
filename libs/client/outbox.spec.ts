import { describe, expect, test } from 'vitest';
import { uuidV7TimeMs } from '#domain/kernel/ids.js';
import { back_off_max_ms } from './back-off.js';
import { outbox_items_max } from './outbox-records.js';
import { messageNew, outboxWorld, text, type Asked } from './testing/outbox-world.js';
import { settled } from './testing/virtual-environment.js';

const idOf = (asked: Asked | undefined): string =>
  (asked!.request.params as { client_msg_id: string }).client_msg_id;

describe('the outbox', () => {
  test('sends a chat in order, one at a time, and chats beside each other', async () => {
    const { outbox, asked } = await outboxWorld();
    outbox.online();
    await Promise.all(['a', 'b', 'c'].map((words) => outbox.add('chat 1', text(words))));
    const other = await outbox.add('chat 2', text('x'));
    expect(asked.map(({ line }) => line)).toEqual(['messages.send a', 'messages.send x']);
    await asked[0]!.answer({ seq: 1 });
    await asked[2]!.answer({ seq: 1 });
    await asked[1]!.answer({ seq: 1 });
    expect(asked.map(({ line }) => line)).toEqual([
      'messages.send a',
      'messages.send x',
      'messages.send b',
      'messages.send c',
    ]);
    await expect(other.sent).resolves.toMatchObject({
      chat_id: 'chat 2',
      client_msg_id: other.client_msg_id,
    });
    expect(outbox.items('chat 1').map(({ state }) => state)).toEqual(['answered', 'answered', 'attempted']);
    expect(outbox.size).toBe(1);
  });

  test('a lost connection changes neither id nor order', async () => {
    const { outbox, asked } = await outboxWorld();
    outbox.online();
    for (const words of ['a', 'b']) await outbox.add('chat', text(words));
    outbox.offline();
    await asked[0]!.fail('CONNECTION_LOST');
    outbox.online();
    await settled();
    expect(asked.map(({ line }) => line)).toEqual(['messages.send a', 'messages.send a']);
    expect(asked[1]!.request.params).toEqual(asked[0]!.request.params);
  });

  test('a retryable error is tried again, with the same id, before anything later of its chat', async () => {
    const { outbox, asked, environment } = await outboxWorld();
    outbox.online();
    for (const words of ['a', 'b']) await outbox.add('chat', text(words));
    await asked[0]!.fail('BUSY');
    expect(asked).toHaveLength(1);
    await environment.pass(back_off_max_ms);
    expect(asked[1]!.request.params).toEqual(asked[0]!.request.params);
    await asked[1]!.answer({ seq: 1 });
    expect(asked[2]!.line).toBe('messages.send b');
  });

  test('what was not answered before a restart is sent after it, with the same id, in order', async () => {
    const before = await outboxWorld();
    await before.outbox.add('chat', text('offline'));
    before.outbox.online();
    await settled();
    await before.outbox.add('chat', text('after it'));
    const after = await outboxWorld(before.store);
    expect(after.outbox.size).toBe(2);
    after.outbox.online();
    await settled();
    expect(after.asked[0]!.request.params).toEqual(before.asked[0]!.request.params);
    await after.asked[0]!.answer({ seq: 1 });
    await after.asked[1]!.answer({ seq: 1 });
    expect(after.asked.map(({ line }) => line)).toEqual(['messages.send offline', 'messages.send after it']);
    expect((await outboxWorld(before.store)).outbox.size).toBe(0);
  });

  test('a refusal is told and does not hold up what follows', async () => {
    const { outbox, asked, refused } = await outboxWorld();
    outbox.online();
    const first = await outbox.add('chat', text('a'));
    await outbox.add('chat', text('b'));
    await asked[0]!.fail('NOT_A_MEMBER');
    await expect(first.sent).rejects.toMatchObject({ code: 'NOT_A_MEMBER' });
    expect(refused).toEqual(['send a NOT_A_MEMBER']);
    expect(asked[1]!.line).toBe('messages.send b');
  });

  test('standing in the log is an answer: what was confirmed is not sent again', async () => {
    const { outbox, asked, logMoved } = await outboxWorld();
    outbox.online();
    const { client_msg_id, sent } = await outbox.add('chat', text('a'));
    await logMoved(messageNew(7, client_msg_id, 'a'));
    await expect(sent).resolves.toMatchObject({ seq: 7 });
    await asked[0]!.fail('CONNECTION_LOST');
    outbox.online();
    expect([outbox.size, asked.length]).toEqual([0, 1]);
  });

  test('ids carry the time of the server', async () => {
    const { outbox, clock, environment } = await outboxWorld();
    clock.observe(environment.nowMs() - 3_600_000);
    const { client_msg_id } = await outbox.add('chat', text('a'));
    expect(uuidV7TimeMs(client_msg_id)).toBe(environment.nowMs() - 3_600_000);
  });

  test('an id refused as too early is replaced at its first use, and never once it may have been stored', async () => {
    const { outbox, asked, environment } = await outboxWorld();
    outbox.online();
    const { sent } = await outbox.add('chat', text('a'));
    await asked[0]!.fail('CLOCK_AHEAD');
    expect(uuidV7TimeMs(idOf(asked[1]))).toBe(1_600_000_000_000);
    await asked[1]!.fail('BUSY');
    await environment.pass(back_off_max_ms);
    await asked[2]!.fail('CLOCK_AHEAD');
    await environment.pass(back_off_max_ms);
    expect(asked[3]!.request.params).toEqual(asked[1]!.request.params);
    await asked[3]!.answer({ seq: 1 });
    await expect(sent).resolves.toMatchObject({ client_msg_id: idOf(asked[1]) });
  });

  test('takes no more than its maximum', async () => {
    const { outbox } = await outboxWorld();
    for (let count = 0; count < outbox_items_max; count++) await outbox.add(`chat ${count % 7}`, text('a'));
    await expect(outbox.add('chat', text('a'))).rejects.toMatchObject({ code: 'OUTBOX_FULL' });
  });
});
