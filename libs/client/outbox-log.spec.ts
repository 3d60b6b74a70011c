import { describe, expect, test } from 'vitest';
import {
  chatOf,
  edit,
  linesOf,
  messageEdited,
  messageNew,
  outboxWorld,
  react,
  reactionSet,
  text,
} from './testing/outbox-world.js';
import { settled } from './testing/virtual-environment.js';

describe('between the answer and the log', () => {
  test('a message stays, as sent, also over a restart, until the log brings it', async () => {
    const before = await chatOf(0);
    const { client_msg_id } = await before.outbox.add('chat', text('a'));
    await before.asked[0]!.answer({ seq: 1 });
    expect(before.shown()).toEqual(['1 a sent']);
    const { shown, logMoved, storeLog, outbox, store } = await outboxWorld(before.store);
    expect([shown(), outbox.size]).toEqual([['1 a sent'], 0]);
    await logMoved(messageNew(1, client_msg_id, 'a'));
    expect(shown()).toEqual(['1 a sent']);
    expect((await store.load()).size).toBe(1);
    await storeLog();
    expect(await store.load()).toEqual(new Map());
  });

  test('a message whose answer comes after the log is there once', async () => {
    const { outbox, asked, shown, logMoved } = await chatOf(0);
    const { client_msg_id } = await outbox.add('chat', text('a'));
    await logMoved(messageNew(1, client_msg_id, 'a'));
    expect(shown()).toEqual(['1 a sent']);
    await asked[0]!.answer({ seq: 1 });
    expect([shown(), outbox.items('chat')]).toEqual([['1 a sent'], []]);
  });

  test('changes stay, until the log brings them, whichever comes first', async () => {
    for (const logFirst of [false, true]) {
      const { outbox, asked, shown, logMoved } = await chatOf(1);
      await outbox.change('chat', edit({ seq: 1 }, 'b'));
      await outbox.change('chat', react({ seq: 1 }, '👍'));
      const log = () =>
        [messageEdited(1, 'b', 9), reactionSet(1, '👍')].reduce(
          (last, update) => last.then(() => logMoved(update)),
          Promise.resolve(),
        );
      if (logFirst) await log();
      await asked[0]!.answer({ edited_at_ms: 9 });
      await asked[1]!.answer();
      expect(shown()).toEqual([`1 b 👍1! sent${logFirst ? '' : ' *'}`]);
      await log();
      expect([shown(), outbox.items('chat')]).toEqual([['1 b 👍1! sent'], []]);
    }
  });

  test('a reaction that another device has replaced already is not held against the log', async () => {
    const { outbox, asked, shown, logMoved } = await chatOf(1);
    await outbox.change('chat', react({ seq: 1 }, '👍'));
    await logMoved(reactionSet(1, '👍'));
    await logMoved(reactionSet(1, '❤️'));
    await asked[0]!.answer();
    expect(shown()).toEqual(['1 text 1 ❤️1! sent']);
  });

  test('what was answered before a session is in its replay, or nowhere', async () => {
    const { outbox, asked, shown } = await chatOf(1);
    await outbox.change('chat', react({ seq: 1 }, '👍'));
    await asked[0]!.answer();
    expect(shown()).toEqual(['1 text 1 👍1! sent *']);
    outbox.opening();
    outbox.caughtUp();
    await settled();
    expect(shown()).toEqual(['1 text 1 sent']);
  });

  test('a chat that the user left has nothing to be shown', async () => {
    const { outbox, asked, logMoved } = await chatOf(1);
    await outbox.change('chat', { kind: 'leave' });
    await outbox.change('chat', { kind: 'leave' });
    await asked[0]!.answer();
    expect(outbox.items('chat')).toHaveLength(1);
    await logMoved({ type: 'chat.removed', chat_id: 'chat', chat_pts: 9 });
    expect([outbox.items('chat'), linesOf(asked)]).toEqual([[], ['chats.leave']]);
  });
});
