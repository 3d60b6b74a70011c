import { describe, expect, test } from 'vitest';
import { back_off_max_ms } from './back-off.js';
import {
  chatOf,
  edit,
  linesOf,
  messageNew,
  outboxWorld,
  react,
  remove,
  text,
} from './testing/outbox-world.js';
import { settled } from './testing/virtual-environment.js';

describe('a message that waits to be sent', () => {
  test('is edited in place', async () => {
    const { outbox, asked, shown } = await outboxWorld();
    const { client_msg_id, sent } = await outbox.add('chat', text('first'));
    const { done } = await outbox.change('chat', edit({ client_msg_id }, 'second'));
    expect(shown()).toEqual(['- second pending']);
    outbox.online();
    await settled();
    await asked[0]!.answer({ seq: 1 });
    expect(linesOf(asked)).toEqual(['messages.send second']);
    await expect(sent).resolves.toMatchObject({ client_msg_id, seq: 1 });
    await done;
  });

  test('is given up by deleting it, with what was done to it', async () => {
    const { outbox, asked, shown, store } = await outboxWorld();
    const { client_msg_id, sent } = await outbox.add('chat', text('never'));
    await outbox.add('chat', text('after'));
    await outbox.change('chat', react({ client_msg_id }, '👍'));
    await (
      await outbox.change('chat', remove({ client_msg_id }))
    ).done;
    await expect(sent).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(shown()).toEqual(['- after pending']);
    outbox.online();
    await settled();
    expect(linesOf(asked)).toEqual(['messages.send after']);
    expect((await outboxWorld(store)).outbox.size).toBe(1);
  });

  test('and may have reached the server, is followed by what is done to it, once its seq is known', async () => {
    const { outbox, asked, shown, environment } = await chatOf(0);
    const { client_msg_id } = await outbox.add('chat', text('first'));
    for (const words of ['second', 'third']) await outbox.change('chat', edit({ client_msg_id }, words));
    await outbox.change('chat', react({ client_msg_id }, '👍'));
    expect(shown()).toEqual(['- third 👍1! pending *']);
    await asked[0]!.fail('BUSY');
    await environment.pass(back_off_max_ms);
    await asked[1]!.answer({ seq: 7 });
    await asked[2]!.answer({ edited_at_ms: 5 });
    expect(linesOf(asked).slice(1)).toEqual([
      'messages.send first',
      'messages.edit 7 third',
      'messages.react 7 👍',
    ]);
    expect(shown()).toEqual(['7 third 👍1! sent *']);
  });

  test('keeps what follows it over a restart, also one between its answer and the next request', async () => {
    const before = await chatOf(0);
    const { client_msg_id } = await before.outbox.add('chat', text('first'));
    await before.outbox.change('chat', edit({ client_msg_id }, 'second'));
    before.outbox.offline();
    await before.asked[0]!.answer({ seq: 7 });
    expect(linesOf(before.asked)).toEqual(['messages.send first']);
    const after = await outboxWorld(before.store);
    expect(after.shown()).toEqual(['7 second sent *']);
    after.outbox.online();
    await settled();
    expect(linesOf(after.asked)).toEqual(['messages.edit 7 second']);
  });

  test('learns its seq from the log when the answer is lost, and so does what follows it', async () => {
    const { outbox, asked, logMoved, shown } = await chatOf(0);
    const { client_msg_id } = await outbox.add('chat', text('first'));
    await outbox.change('chat', remove({ client_msg_id }));
    await logMoved(messageNew(3, client_msg_id, 'first'));
    expect(shown()).toEqual(['3 (deleted) sent *']);
    await asked[0]!.fail('CONNECTION_LOST');
    expect(linesOf(asked).slice(1)).toEqual(['messages.delete 3']);
  });
});

describe('a message that the server refused', () => {
  async function refusedMessage() {
    const world = await chatOf(0);
    const { client_msg_id, sent } = await world.outbox.add('chat', text('first'));
    const edited = await world.outbox.change('chat', edit({ client_msg_id }, 'second'));
    await world.outbox.change('chat', react({ client_msg_id }, '👍'));
    await world.asked[0]!.fail('NOT_A_MEMBER');
    for (const promise of [sent, edited.done])
      await expect(promise).rejects.toMatchObject({ code: 'NOT_A_MEMBER' });
    return { ...world, client_msg_id };
  }

  test('stays as failed, as it was meant, over restarts, and is sent again under a new id', async () => {
    const { store, refused, client_msg_id } = await refusedMessage();
    expect(refused).toEqual(['send first NOT_A_MEMBER']);
    const { outbox, asked, shown } = await outboxWorld(store, undefined, 2);
    expect([shown(), outbox.size]).toEqual([['- second failed'], 0]);
    outbox.online();
    await expect(outbox.change('chat', react({ client_msg_id }, '👍'))).rejects.toMatchObject({
      code: 'NOT_SENT',
    });
    await outbox.change('chat', edit({ client_msg_id }, 'third'));
    const again = await outbox.resend('chat', client_msg_id);
    await settled();
    expect(linesOf(asked)).toEqual(['messages.send third']);
    expect(again.client_msg_id).not.toBe(client_msg_id);
    await asked[0]!.answer({ seq: 1 });
    expect(shown()).toEqual(['1 third sent']);
    await expect(outbox.resend('chat', client_msg_id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('goes when it is deleted', async () => {
    const { outbox, client_msg_id, shown, store, asked } = await refusedMessage();
    await outbox.change('chat', remove({ client_msg_id }));
    expect([shown(), await store.load(), asked.length]).toEqual([[], new Map(), 1]);
  });

  test('goes at once when its deletion waited already', async () => {
    const { outbox, asked, shown } = await chatOf(0);
    const { client_msg_id } = await outbox.add('chat', text('first'));
    await outbox.change('chat', remove({ client_msg_id }));
    await asked[0]!.fail('NOT_A_MEMBER');
    expect([shown(), asked.length]).toEqual([[], 1]);
  });
});

describe('changes', () => {
  test('are shown at once, sent in order with the messages, and taken back when refused', async () => {
    const { outbox, asked, shown, refused } = await chatOf(2);
    await outbox.add('chat', text('new'));
    await outbox.change('chat', edit({ seq: 1 }, 'edited'));
    const { done } = await outbox.change('chat', react({ seq: 2 }, '👍'));
    expect(shown()).toEqual(['1 edited sent *', '2 text 2 👍1! sent *', '- new pending']);
    await asked[0]!.answer({ seq: 3 });
    await asked[1]!.fail('NOT_A_MEMBER');
    await asked[2]!.fail('NOT_A_MEMBER');
    await expect(done).rejects.toMatchObject({ code: 'NOT_A_MEMBER' });
    expect(shown()).toEqual(['1 text 1 sent', '2 text 2 sent', '3 new sent']);
    expect(refused).toEqual(['edit edited NOT_A_MEMBER', 'react  NOT_A_MEMBER']);
    expect(linesOf(asked)).toEqual(['messages.send new', 'messages.edit 1 edited', 'messages.react 2 👍']);
  });

  test('of one kind to one message are one as long as none was attempted: the last', async () => {
    const { outbox, asked } = await chatOf(2);
    outbox.offline();
    for (const emoji of ['👍', '❤️', null, '🎉']) await outbox.change('chat', react({ seq: 1 }, emoji));
    await outbox.change('chat', react({ seq: 2 }, '👍'));
    for (const words of ['a', 'b']) await outbox.change('chat', edit({ seq: 1 }, words));
    outbox.online();
    for (let count = 0; count < 3; count++) {
      await settled();
      await asked[count]!.answer({ edited_at_ms: 1 });
    }
    expect(linesOf(asked)).toEqual(['messages.react 1 🎉', 'messages.react 2 👍', 'messages.edit 1 b']);
  });

  test('that are under way are not changed any more', async () => {
    const { outbox, asked, shown } = await chatOf(1);
    await outbox.change('chat', react({ seq: 1 }, '👍'));
    await outbox.change('chat', react({ seq: 1 }, '❤️'));
    expect(shown()).toEqual(['1 text 1 ❤️1! sent *']);
    await asked[0]!.answer();
    expect(linesOf(asked)).toEqual(['messages.react 1 👍', 'messages.react 1 ❤️']);
  });

  test('of a message that is being deleted are refused; deleting it twice is deleting it', async () => {
    const { outbox, asked } = await chatOf(2);
    outbox.offline();
    await outbox.change('chat', remove({ seq: 1 }));
    await outbox.change('chat', remove({ seq: 1 }, { seq: 2 }));
    for (const change of [edit({ seq: 2 }, 'x'), react({ seq: 1 }, '👍')])
      await expect(outbox.change('chat', change)).rejects.toMatchObject({ code: 'MESSAGE_DELETED' });
    outbox.online();
    await settled();
    await asked[0]!.answer();
    expect(linesOf(asked)).toEqual(['messages.delete 1', 'messages.delete 2']);
  });

  test('keep their key over lost answers and restarts', async () => {
    const before = await chatOf(1);
    await before.outbox.change('chat', edit({ seq: 1 }, 'edited'));
    const after = await outboxWorld(before.store, before.log);
    after.outbox.online();
    await settled();
    expect(after.asked[0]!.request).toEqual(before.asked[0]!.request);
  });

  test('wait for another session when this one is not signed in any more', async () => {
    const { outbox, asked, refused, environment } = await chatOf(1);
    await outbox.change('chat', edit({ seq: 1 }, 'edited'));
    await asked[0]!.fail('UNAUTHENTICATED');
    await environment.pass(back_off_max_ms);
    expect([refused, asked[1]!.request]).toEqual([[], asked[0]!.request]);
  });

  test('of messages that are not known are refused at once', async () => {
    const { outbox } = await chatOf(1);
    await expect(outbox.change('chat', edit({ client_msg_id: 'x' }, 'y'))).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await expect(outbox.change('chat', edit({ client_msg_id: 'id 1' }, 'y'))).resolves.toBeDefined();
  });
});
