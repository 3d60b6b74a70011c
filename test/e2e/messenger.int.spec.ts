/** Two people with several devices, over the real system in one process: what a user would see. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { v7 as uuidV7 } from 'uuid';
import {
  expectAcknowledged,
  expectContiguous,
  expectEqualLogs,
  expectOrdered,
  runningHash,
} from '../support/invariants.js';
import { startLayout, type Layout } from '../support/layout.js';
import { Person } from '../support/person.js';
import { post, WireClient, WireRefusal } from '../support/wire-client.js';

let odnix: Layout;
const opened: Person[] = [];

beforeAll(async () => {
  odnix = await startLayout();
});
afterAll(async () => {
  for (const person of opened) person.client.drop();
});

let lastPhone = 15550200;
const freshPhone = () => `+${++lastPhone}`;
async function join(phone = freshPhone(), device?: string): Promise<Person> {
  const person = await (await Person.signIn(odnix.url, phone, device)).connect();
  opened.push(person);
  return person;
}
async function directChat(one: Person, other: Person): Promise<string> {
  const answer = await one.create({ kind: 'direct', member_ids: [other.userId] });
  return answer.chat.chat_id;
}
const group = async (owner: Person, members: Person[], title = 'Friends') =>
  (await owner.create({ kind: 'group', member_ids: members.map(({ userId }) => userId), title })).chat;
const deletedWords = /first words|second words/;
/** The whole log in every way there is to read it: slices of few and many, and replayed from the first token. */
async function logsOf(person: Person) {
  const slices = [];
  for (const limit of [1, 2, 3, 500]) slices.push(await person.wholeLog(limit));
  const { sync_token } = slices[0]![0]!;
  const replayed = await WireClient.open(odnix.url, person.identity.access_token, sync_token);
  await replayed.caughtUp();
  replayed.drop();
  return [...slices, [slices[0]![0]!, ...replayed.updates]];
}
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error) => (error instanceof WireRefusal ? (error.code ?? error.error.code) : String(error)),
  );

describe('two people', () => {
  // Seen failing with strangers let in, and with the typist told too.
  test('see each other typing, and nobody else does', async () => {
    const phone = freshPhone();
    const [ann, bob, eve] = [await join(phone), await join(), await join()];
    const laptop = await join(phone, 'laptop');
    const chat_id = await directChat(ann, bob);
    const { seq } = await bob.send(chat_id, 'hello');
    const notes = (person: Person) =>
      person.client.notifications.filter(({ method }) => method === 'typing').map(({ params }) => params);
    const typing = (person: Person, action: string, more = {}) =>
      person.request('typing.set', { chat_id, action, ...more });
    expect(await typing(ann, 'typing', { read_seq: seq })).toEqual({});
    expect(await typing(ann, 'none')).toEqual({});
    const told = (action: string) => expect.objectContaining({ chat_id, user_id: ann.userId, action });
    await expect.poll(() => notes(bob)).toEqual([told('typing'), told('none')]);
    expect(notes(bob)[0]!.expires_in_ms).toBeGreaterThan(0);
    await bob.sees(({ type }) => type === 'read.outbox');
    expect(await code(typing(eve, 'typing'))).toBe('NOT_A_MEMBER');
    expect(await code(eve.request('typing.set', { chat_id: uuidV7(), action: 'typing' }))).toBe(
      'NOT_A_MEMBER',
    );
    expect(await code(typing(ann, 'dancing'))).toBe('INVALID_PARAMS');
    await bob.send(chat_id, 'last');
    for (const one of [ann, laptop]) await one.sees(({ message }) => message?.content.text === 'last');
    expect([ann, laptop, eve].flatMap(notes)).toEqual([]);
  });

  test('chat, and every device of both agrees', async () => {
    const phone = freshPhone();
    const [ann, bob] = [await join(phone), await join()];
    const annsLaptop = await join(phone, 'laptop');
    expect(annsLaptop.userId).toBe(ann.userId);
    const chat = await directChat(ann, bob);
    expect(await directChat(bob, ann)).toBe(chat);
    const acks = [];
    for (let round = 0; round < 5; round++) {
      acks.push(await ann.send(chat, `from Ann ${round}`), await bob.send(chat, `from Bob ${round}`));
      acks.push(await annsLaptop.send(chat, `from Ann's laptop ${round}`));
    }
    expect(acks.map(({ seq }) => seq)).toEqual(acks.map((_, index) => index + 1));
    for (const person of [ann, annsLaptop, bob]) {
      await person.sees((update) => update.type === 'message.new' && update.seq === acks.length);
      expectContiguous(person.log, person.identity.device_id);
      expectOrdered(person.log);
      expectAcknowledged(acks, person.log);
    }
    expectEqualLogs(ann.log, annsLaptop.log, 'Ann');
    expectEqualLogs(await annsLaptop.wholeLog(3), ann.log, 'Ann, in slices of three');
  });

  test('ticks: sent, delivered, read; and the reader’s other device follows', async () => {
    const phone = freshPhone();
    const [ann, bob, bobsTablet] = [await join(), await join(phone), await join(phone, 'tablet')];
    const chat = await directChat(ann, bob);
    const { seq } = await ann.send(chat, 'Did you get this?');
    await bob.sees((update) => update.type === 'message.new' && update.chat_id === chat);
    await bob.request('updates.ack', { pts: bob.pts });
    await ann.sees(
      (update) => update.type === 'delivered.outbox' && update.chat_id === chat && update.seq === seq,
    );
    const answer = await bob.request('messages.read', { chat_id: chat, seq });
    expect(answer).toMatchObject({ read_seq: seq, unread_count: 0 });
    await ann.sees(
      (update) => update.type === 'read.outbox' && update.chat_id === chat && update.seq === seq,
    );
    await bobsTablet.sees(
      (update) => update.type === 'read.inbox' && update.chat_id === chat && update.seq === seq,
    );
    expect(await bob.request('messages.read', { chat_id: chat, seq: seq + 100 })).toMatchObject({
      read_seq: seq,
    });
    const { chat: seen } = await ann.request('chats.get', { chat_id: chat });
    expect(seen).toMatchObject({
      delivered_outbox_seq: seq,
      read_outbox_seq: seq,
      unread_count: 0,
      last_seq: seq,
    });
    const receipts = await ann.request('messages.receipts', { chat_id: chat, seq });
    const since = { user_id: bob.userId, at_ms: expect.any(Number) };
    expect(receipts).toEqual({ delivered: [since], read: [since] });
    expect(receipts.delivered[0].at_ms).toBeLessThanOrEqual(receipts.read[0].at_ms);
    expect(await code(bob.request('messages.receipts', { chat_id: chat, seq }))).toBe('FORBIDDEN');
  });

  // Seen failing with entities that are sent left out of what is stored, and with the flag left in the event.
  test('parts of a text are what they were said to be, everywhere, and silence is told in the update', async () => {
    const [ann, bob, eve] = [await join(), await join(), await join()];
    const chat = await directChat(ann, bob);
    const mention = (user_id: string) => ({ type: 'mention', offset: 0, length: 4, user_id });
    const map = { type: 'text_link', offset: 8, length: 3, url: 'https://Map.example/ü' };
    const content = { type: 'text', text: 'Bob 🥾: map', entities: [map, mention(bob.userId)] };
    const message = { chat_id: chat, client_msg_id: uuidV7(), content };
    const { seq } = await ann.request('messages.send', { ...message, silent: true });
    const stored = {
      ...content,
      entities: [mention(bob.userId), { ...map, url: 'https://map.example/%C3%BC' }],
    };
    const update = await bob.sees((one) => one.type === 'message.new' && one.chat_id === chat);
    expect(update).toMatchObject({ silent: true, message: { seq, content: stored } });
    const { messages } = await bob.request('messages.history', { chat_id: chat });
    expect([messages.at(-1).content, messages.at(-1).silent]).toEqual([stored, undefined]);
    const again = { ...message, silent: true };
    expect(await ann.request('messages.send', again)).toMatchObject({ seq, duplicate: true });
    const plain = { ...again, content: { type: 'text', text: content.text } };
    expect(await code(ann.request('messages.send', plain))).toBe('IDEMPOTENCY_MISMATCH');
    const foreign = { ...content, entities: [mention(eve.userId)] };
    const refused = await ann
      .request('messages.send', { ...message, client_msg_id: uuidV7(), content: foreign })
      .catch((error) => error);
    expect(refused.error.data).toMatchObject({
      code: 'MENTIONED_NOT_MEMBER',
      details: { user_ids: [eve.userId] },
    });
    const bold = { type: 'text', text: 'Bob', entities: [{ type: 'bold', offset: 0, length: 3 }] };
    await ann.request('messages.edit', { chat_id: chat, seq, content: bold });
    await bob.sees((one) => one.type === 'message.edited' && one.message.content.entities[0].type === 'bold');
    const { versions } = await bob.request('messages.edits', { chat_id: chat, seq });
    expect(versions.map((one: any) => one.content)).toEqual([stored, bold]);
    const log = await bob.wholeLog();
    expect(log.find((one) => (one.update as any).seq === seq)?.update).toMatchObject({
      silent: true,
      message: { content: stored },
    });
  });

  test('a block stops the other in the direct chat alone, and every own device knows of it', async () => {
    const phone = freshPhone();
    const [ann, bob] = [await join(phone), await join()];
    const laptop = await join(phone, 'laptop');
    const [chat, club] = [await directChat(ann, bob), await group(ann, [bob])];
    await bob.send(chat, 'before');
    expect(await ann.request('users.block', { user_id: bob.userId })).toEqual({});
    expect(await code(bob.send(chat, 'after'))).toBe('BLOCKED');
    expect(await code(ann.send(chat, 'after'))).toBe('BLOCKED');
    await bob.send(club.chat_id, 'in a group');
    for (const device of [ann, laptop])
      await device.sees((update) => update.type === 'user.blocked' && update.user_id === bob.userId);
    const { blocked } = await laptop.request('users.blocked', { limit: 1 });
    expect(blocked).toMatchObject([{ user_id: bob.userId, blocked_at_ms: expect.any(Number) }]);
    expect(await ann.request('users.unblock', { user_id: bob.userId })).toEqual({});
    expect(await ann.request('users.blocked')).toEqual({ blocked: [] });
    const { seq } = await bob.send(chat, 'again');
    expect(seq).toBe(2);
    await laptop.sees(
      (update) => update.type === 'message.new' && update.chat_id === chat && update.seq === 2,
    );
    expectEqualLogs(await laptop.wholeLog(2), laptop.log, 'Ann');
    expect(bob.log.filter(({ update }) => update.type.startsWith('user.'))).toEqual([]);
  });

  // Seen failing: with contacts told to the other as well, and with snapshots that do not tell them.
  test('contacts, profile and privacy are one person’s, on all devices, and on one that comes later', async () => {
    const phone = freshPhone();
    const [ann, bob, cleo] = [await join(phone), await join(), await join()];
    const laptop = await join(phone, 'laptop');
    const call = (device: Person, other: Person, nickname: string | null) =>
      device.request('contacts.set', { user_id: other.userId, nickname });
    const changes = [
      call(ann, bob, 'Benny'),
      call(laptop, bob, 'B.'),
      call(ann, cleo, ''),
      laptop.request('users.update', { about: 'Mountains' }),
      ann.request('users.update', { display_name: 'Anna K.' }),
      ann.request('users.setPrivacy', { last_seen: 'contacts' }),
      laptop.request('users.setPrivacy', { last_seen: 'nobody' }),
    ];
    await Promise.all(changes);
    expect(await call(ann, cleo, null)).toEqual({});
    expect(await call(ann, cleo, null)).toEqual({});
    await ann.request('users.setPrivacy', { last_seen: 'nobody' });
    for (const device of [ann, laptop]) {
      await device.sees(({ type, nickname }) => type === 'contact.changed' && nickname === null);
      await device.sees((update) => update.type === 'privacy.changed' && update.last_seen === 'nobody');
      await device.sees(({ type, ...update }) => type === 'user.changed' && update.about === 'Mountains');
    }
    const last = (await ann.wholeLog()).findLast(({ update }) => update.user_id === bob.userId)!.update;
    const { contacts } = await laptop.request('contacts.list');
    expect(contacts).toMatchObject([{ user_id: bob.userId, nickname: last.nickname }]);
    const user = { user_id: ann.userId, display_name: 'Anna K.', about: 'Mountains' };
    expect(await bob.request('users.get', { user_id: ann.userId })).toEqual({ user });
    const tablet = await join(phone, 'tablet');
    const [page] = await tablet.snapshotPages();
    expect(page).toMatchObject({
      contacts: [{ user_id: bob.userId, nickname: last.nickname }],
      privacy: { last_seen: 'nobody' },
    });
    expect(await tablet.request('users.getPrivacy')).toEqual({ last_seen: 'nobody' });
    expectEqualLogs(await laptop.wholeLog(2), await ann.wholeLog(), 'Ann');
    for (const other of [bob, cleo]) {
      const told = (await other.wholeLog()).filter(({ update }) =>
        /^(contact|user|privacy)/.test(update.type),
      );
      expect([told, (await other.request('contacts.list')).contacts]).toEqual([[], []]);
    }
    expect(await code(call(ann, ann, 'me'))).toBe('FORBIDDEN');
    const nobody = ann.request('contacts.set', { user_id: uuidV7(), nickname: 'x' });
    expect(await code(nobody)).toBe('NOT_FOUND');
  });

  test('mute, archive and pin are one person’s, on all devices, until they leave', async () => {
    const phone = freshPhone();
    const [ann, bob] = [await join(phone), await join()];
    const laptop = await join(phone, 'laptop');
    const [chat, { chat_id: club }] = [await directChat(ann, bob), await group(bob, [ann])];
    const until_ms = Date.now() + 3_600_000;
    const settings = [
      ann.request('chats.setMuted', { chat_id: club, until_ms }),
      laptop.request('chats.setPinned', { chat_id: club, pinned: true }),
      ann.request('chats.setArchived', { chat_id: chat, archived: true }),
    ];
    expect(await Promise.all(settings)).toEqual([{}, {}, {}]);
    expect(await ann.request('chats.setMuted', { chat_id: club, until_ms })).toEqual({});
    for (const device of [ann, laptop])
      await device.sees(
        ({ type, ...update }) =>
          type === 'chat.settings' && update.muted_until_ms === until_ms && update.pinned === true,
      );
    const idsOf = async (archived?: boolean) => {
      const { chats } = await ann.request('chats.list', archived === undefined ? {} : { archived });
      return chats.map(({ chat_id }: { chat_id: string }) => chat_id);
    };
    expect([await idsOf(true), await idsOf(false), await idsOf()]).toEqual([[chat], [club], [club]]);
    const { chat: seen } = await laptop.request('chats.get', { chat_id: club });
    expect(seen).toMatchObject({ muted_until_ms: until_ms, archived: false, pinned: true });
    expect((await bob.request('chats.get', { chat_id: club })).chat).toMatchObject({ pinned: false });
    const stranger = await join();
    const asked = { setMuted: { until_ms }, setArchived: { archived: true }, setPinned: { pinned: true } };
    for (const [name, params] of Object.entries(asked))
      expect(await code(stranger.request(`chats.${name}`, { chat_id: club, ...params }))).toBe(
        'NOT_A_MEMBER',
      );
    await ann.request('chats.leave', { chat_id: club });
    await bob.request('chats.addMembers', { chat_id: club, user_ids: [ann.userId] });
    const { chat: anew } = await ann.request('chats.get', { chat_id: club });
    expect(anew).toMatchObject({ muted_until_ms: null, archived: false, pinned: false });
    await ann.request('chats.setPinned', { chat_id: club, pinned: true });
    const whole = await laptop.wholeLog(2);
    await laptop.reaches(whole.at(-1)!.pts);
    expectEqualLogs(whole, laptop.log, 'Ann');
  });

  // Seen failing with each query that asks nobody what is hidden, and with what is hidden already said again.
  test('what one deletes for oneself is gone from all own devices and answers, and from nobody else’s', async () => {
    const phone = freshPhone();
    const [ann, bob] = [await join(phone), await join()];
    const laptop = await join(phone, 'laptop');
    const { chat_id } = await group(bob, [ann]);
    const seqs: number[] = [];
    for (const text of ['kept words', 'first words', 'second words'])
      seqs.push((await bob.send(chat_id, text)).seq);
    const [kept, ...hidden] = seqs as [number, number, number];
    const asked = { chat_id, seqs: hidden, for: 'me' };
    expect(await ann.request('messages.delete', asked)).toEqual({ deleted: hidden });
    const of = (person: Person, method: string, params: object = { chat_id }) =>
      person.request(method, params);
    const answers = [
      await of(ann, 'messages.history'),
      await of(ann, 'chats.get'),
      await of(ann, 'chats.list', {}),
      await of(ann, 'sync.snapshot', {}),
      await of(ann, 'sync.chats', { watermarks: { [chat_id]: { seq: 0 } } }),
      await of(ann, 'sync.chats', { watermarks: { [chat_id]: { chat_pts: 0 } } }),
      await of(ann, 'messages.search', { query: 'words' }),
      await of(ann, 'messages.history', { chat_id, around_seq: hidden[0] }),
    ];
    expect(JSON.stringify(answers)).not.toMatch(deletedWords);
    const [{ messages }, { chat }] = answers;
    const { unread_count, last_seq } = chat;
    expect(messages.map((one: any) => [one.seq, one.hidden])).toEqual([
      ...Array.from({ length: kept }, (_, index) => [index + 1, undefined]),
      ...hidden.map((seq) => [seq, true]),
    ]);
    expect(chat).toMatchObject({ last_message: { seq: kept, content: { text: 'kept words' } } });
    expect([last_seq, unread_count]).toEqual([hidden[1], last_seq - chat.read_seq]);
    for (const device of [ann, laptop])
      await device.sees(({ type, seqs: told }) => type === 'messages.hidden' && told.length === 2);
    expect(JSON.stringify(await bob.history(chat_id))).toMatch(deletedWords);
    const before = ann.pts;
    expect(await ann.request('messages.delete', asked)).toEqual({ deleted: hidden });
    await bob.send(chat_id, 'news');
    await laptop.sees(({ type, message }) => type === 'message.new' && message.content?.text === 'news');
    expect(ann.pts, 'nothing was said again').toBe(before + 1);
    await bob.request('messages.edit', {
      chat_id,
      seq: hidden[0],
      content: { type: 'text', text: 'first words' },
    });
    await bob.request('messages.delete', { chat_id, seqs: [hidden[1]], for: 'everyone' });
    await laptop.sees(({ type, seq }) => type === 'message.deleted' && seq === hidden[1]);
    const after = (await ann.history(chat_id)).slice(kept, -1);
    expect(after.map(({ seq, hidden: is, content }) => [seq, is, content])).toEqual(
      hidden.map((seq) => [seq, true, undefined]),
    );
    for (const method of ['messages.edits', 'messages.reactions'])
      expect(await code(ann.request(method, { chat_id, seq: hidden[0] }))).toBe('MESSAGE_DELETED');
    for (const seq of [0, last_seq + 99])
      expect(await code(ann.request('messages.delete', { ...asked, seqs: [seq] }))).toMatch(
        /NOT_FOUND|INVALID_PARAMS/,
      );
    expectEqualLogs(await laptop.wholeLog(2), laptop.log, 'Ann');
  });

  // Seen failing with nobody who looks for what is due (until its time is over for readers it is there, and then no tombstone comes).
  test('what was sent to go by itself is gone from everybody at its time, once', async () => {
    const phone = freshPhone();
    const [ann, bob] = [await join(phone), await join()];
    const chat_id = await directChat(ann, bob);
    const content = { type: 'text', text: 'first words' };
    const asked = { chat_id, client_msg_id: uuidV7(), content, expires_in_s: 2 };
    const { seq, date_ms } = await ann.request('messages.send', asked);
    await bob.sees(
      ({ type, message }) => type === 'message.new' && message.expires_at_ms === date_ms + 2_000,
    );
    await bob.request('messages.react', { chat_id, seq, emoji: '👍' });
    await ann.request('messages.edit', { chat_id, seq, content: { type: 'text', text: 'second words' } });
    for (const device of [ann, bob]) {
      const gone = await device.sees(({ type, seq: of }) => type === 'message.deleted' && of === seq);
      expect(gone).toMatchObject({ deleted_by: ann.userId, expired: true });
    }
    expect((await bob.history(chat_id))[0]).toMatchObject({ seq, deleted: true, reactions: [] });
    expect(JSON.stringify([await ann.wholeLog(1), await bob.history(chat_id)])).not.toMatch(deletedWords);
    expect(await code(ann.request('messages.edit', { chat_id, seq, content }))).toBe('MESSAGE_DELETED');
    expect(await ann.request('messages.send', asked)).toMatchObject({ seq, duplicate: true });
    for (const expires_in_s of [0, 31_536_001, 1.5])
      expect(
        await code(ann.request('messages.send', { ...asked, client_msg_id: uuidV7(), expires_in_s })),
      ).toBe('INVALID_PARAMS');
    const late = await join(phone, 'laptop');
    expect(JSON.stringify(await late.wholeLog())).not.toMatch(deletedWords);
    const tombstones = (await late.wholeLog()).filter(({ update }) => update.type === 'message.deleted');
    expect(tombstones).toHaveLength(1);
  });

  // Seen failing with deletions looked for in the slice alone.
  test('I9: edit, react and delete reach everybody, and the deleted text is in no answer', async () => {
    const [ann, bob] = [await join(), await join()];
    const chat = await directChat(ann, bob);
    const { seq } = await ann.send(chat, 'first words');
    await ann.request('messages.edit', {
      chat_id: chat,
      seq,
      content: { type: 'text', text: 'second words' },
    });
    await bob.request('messages.react', { chat_id: chat, seq, emoji: '👍' });
    await ann.sees((update) => update.type === 'message.reaction' && update.emoji === '👍');
    const [before] = await ann.history(chat);
    expect(before).toMatchObject({
      content: { text: 'second words' },
      reactions: [{ emoji: '👍', count: 1, mine: false }],
      edited_at_ms: expect.any(Number),
    });
    expect((await bob.history(chat))[0].reactions).toEqual([{ emoji: '👍', count: 1, mine: true }]);
    expect(await code(bob.request('messages.delete', { chat_id: chat, seqs: [seq], for: 'everyone' }))).toBe(
      'FORBIDDEN',
    );
    const gone = await ann.request('messages.delete', { chat_id: chat, seqs: [seq], for: 'everyone' });
    expect(gone).toEqual({ deleted: [seq] });
    expect(JSON.stringify(await ann.wholeLog(1)), 'at once').not.toMatch(deletedWords);
    await bob.sees((update) => update.type === 'message.deleted' && update.seq === seq);
    const edit = ann.request('messages.edit', {
      chat_id: chat,
      seq,
      content: { type: 'text', text: 'third' },
    });
    expect(await code(edit)).toBe('MESSAGE_DELETED');
    const answers = [await bob.history(chat), await bob.snapshotPages(), ...(await logsOf(bob))];
    expect(JSON.stringify(answers)).not.toMatch(deletedWords);
    expect((await bob.history(chat))[0]).toMatchObject({ seq, deleted: true, reactions: [] });
  });

  test('what a session has seen, its next query knows', async () => {
    const [ann, bob] = [await join(), await join()];
    const chat = await directChat(ann, bob);
    for (let round = 0; round < 20; round++) {
      const { seq, text } = await ann.send(chat, `round ${round}`);
      const { messages } = await ann.request('messages.history', { chat_id: chat, limit: 1 });
      expect(messages).toMatchObject([{ seq, content: { text } }]);
      await bob.sees(
        (update) => update.type === 'message.new' && update.chat_id === chat && update.seq === seq,
      );
      const { chats } = await bob.request('chats.list', {});
      expect(chats[0]).toMatchObject({ chat_id: chat, last_seq: seq, unread_count: seq });
    }
  });
});

describe('the same key', () => {
  test('is one message: at once, in a batch, from another device, and with a key of yesterday', async () => {
    const phone = freshPhone();
    const [ann, bob] = [await join(phone), await join()];
    const chat = await directChat(ann, bob);
    const first = await ann.send(chat, 'once');
    const again = [await ann.send(chat, 'once', first.client_msg_id)];
    again.push(await (await join(phone, 'tablet')).send(chat, 'once', first.client_msg_id));
    again.push(...(await Promise.all([1, 2, 3].map(() => ann.send(chat, 'once', first.client_msg_id)))));
    for (const answer of again)
      expect(answer).toMatchObject({ seq: first.seq, duplicate: true, date_ms: first.date_ms });
    expect(await code(ann.send(chat, 'other words', first.client_msg_id))).toBe('IDEMPOTENCY_MISMATCH');
    expect(await bob.send(chat, 'once', first.client_msg_id)).toMatchObject({
      seq: first.seq + 1,
      duplicate: false,
    });

    const old = uuidV7({ msecs: Date.now() - 86_400_000 });
    const late = await ann.send(chat, 'written yesterday', old);
    expect(await ann.send(chat, 'written yesterday', old)).toMatchObject({ seq: late.seq, duplicate: true });
    expect(await code(ann.send(chat, 'early', uuidV7({ msecs: Date.now() + 60_000 })))).toBe('CLOCK_AHEAD');
    expect(await ann.history(chat)).toHaveLength(late.seq);
  });
});

describe('groups', () => {
  test('removed: the last entry of that chat, and nothing afterwards either way', async () => {
    const [ann, bob, cid] = [await join(), await join(), await join()];
    const { chat_id } = await group(ann, [bob, cid]);
    await ann.send(chat_id, 'all three');
    await cid.sees((update) => update.type === 'message.new' && update.message.content.text === 'all three');
    expect(await code(bob.request('chats.removeMember', { chat_id, user_id: cid.userId }))).toBe('FORBIDDEN');
    await ann.request('chats.removeMember', { chat_id, user_id: cid.userId });
    await cid.sees((update) => update.type === 'chat.removed' && update.chat_id === chat_id);
    const { seq } = await ann.send(chat_id, 'two of us');
    await bob.sees((update) => update.type === 'message.new' && update.seq === seq);
    for (const [method, params] of [
      ['messages.send', { client_msg_id: uuidV7(), content: { type: 'text', text: 'still here' } }],
      ['messages.history', {}],
      ['chats.get', {}],
      ['messages.read', { seq: 1 }],
      ['chats.members', {}],
    ] as const) {
      expect(await code(cid.request(method, { chat_id, ...params })), method).toBe('NOT_A_MEMBER');
    }
    const aboutIt = (await cid.wholeLog()).filter(({ update }) => update.chat_id === chat_id);
    expect(aboutIt.at(-1)!.update.type).toBe('chat.removed');
    await ann.request('chats.addMembers', { chat_id, user_ids: [cid.userId] });
    const back = await cid.sees((update) => update.type === 'chat.new' && update.visible_from_seq > seq);
    const visible = await cid.history(chat_id);
    expect(visible.map((message) => message.seq)[0]).toBe(back.visible_from_seq);
    expect(JSON.stringify(visible)).not.toContain('two of us');
    const answer = await bob.request('chats.leave', { chat_id });
    expect(answer.chat.chat_id).toBe(chat_id);
    expect(await code(bob.request('chats.get', { chat_id }))).toBe('NOT_A_MEMBER');
    for (const person of [ann, bob, cid]) expectContiguous(await person.wholeLog(), person.userId);
  });

  test('roles, permissions, bans and history, as every device sees them', async () => {
    const [ann, bob, cid, dan] = [await join(), await join(), await join(), await join()];
    const asking = { kind: 'group', member_ids: [bob.userId, cid.userId], title: 'All', history: 'all' };
    const { chat } = await ann.create(asking);
    const { chat_id } = chat;
    const standing = { send: 'member', add_members: 'admin', change_info: 'admin' };
    expect(chat).toMatchObject({ description: null, history: 'all', permissions: standing });
    const { seq } = await cid.send(chat_id, 'from the beginning');
    const of = (person: Person) => ({ chat_id, user_id: person.userId });
    await ann.request('chats.setRole', { ...of(bob), role: 'owner' });
    await cid.sees(({ changed = [] }) => changed.some((one: any) => one.role === 'admin'));
    expect((await ann.request('chats.get', { chat_id })).chat.role).toBe('admin');
    expect(await code(ann.request('chats.setRole', { ...of(bob), role: 'member' }))).toBe('FORBIDDEN');
    const photo_media_id = uuidV7();
    const change = { title: 'Us', description: 'all of us', photo_media_id, permissions: { send: 'admin' } };
    const { chat: changed } = await bob.request('chats.update', { chat_id, ...change });
    const permissions = { ...standing, send: 'admin' };
    expect(changed).toMatchObject({ ...change, permissions, history: 'all' });
    await cid.sees(({ type }) => type === 'chat.changed');
    expect(await code(cid.send(chat_id, 'may I?'))).toBe('FORBIDDEN');
    await ann.request('chats.addMembers', { chat_id, user_ids: [dan.userId] });
    const joined = await dan.sees(({ type }) => type === 'chat.new');
    expect(joined).toMatchObject({ visible_from_seq: 1, read_seq: 0, chat: { ...change, permissions } });
    const texts = (await dan.history(chat_id)).map(({ seq: at, content }: any) => [at, content.text]);
    expect(texts).toContainEqual([seq, 'from the beginning']);
    await ann.request('messages.react', { chat_id, seq, emoji: '👍' });
    await dan.sees((update) => update.type === 'message.reaction' && update.seq === seq);
    const { chats } = await dan.patiently('sync.snapshot');
    expect(chats[0]).toMatchObject({ ...change, permissions, read_seq: 0, unread_count: chats[0].last_seq });
    await ann.request('chats.ban', of(cid));
    await cid.sees(({ type }) => type === 'chat.removed');
    await bob.sees(({ banned = [] }) => banned.includes(cid.userId));
    expect(await code(bob.request('chats.addMembers', { chat_id, user_ids: [cid.userId] }))).toBe('BANNED');
    const { banned } = await bob.request('chats.banned', { chat_id });
    const since = expect.any(Number);
    expect(banned).toEqual([{ user_id: cid.userId, banned_by: ann.userId, banned_at_ms: since }]);
    await bob.request('chats.unban', of(cid));
    await bob.request('chats.update', { chat_id, history: 'joined' });
    await bob.request('chats.addMembers', { chat_id, user_ids: [cid.userId] });
    const back = await cid.sees((update) => update.type === 'chat.new' && update.visible_from_seq > seq);
    expect((await cid.history(chat_id))[0].seq).toBe(back.visible_from_seq);
    expect((await bob.request('chats.banned', { chat_id })).banned).toEqual([]);
    expect(JSON.stringify(dan.log)).not.toContain('banned');
    for (const person of [ann, bob, cid, dan]) {
      const log = await person.wholeLog();
      expectContiguous(log, person.userId);
      expectOrdered(log);
    }
  });

  // Seen failing with removed members left among the members.
  test('I6: sends that race the removal stand before it or not at all', async () => {
    const [ann, cid] = [await join(), await join()];
    const { chat_id } = await group(ann, [cid]);
    for (let round = 0; round < 5; round++) {
      let removed = false;
      const flood = Array.from({ length: 4 }, async () => {
        for (let count = 0; !removed && count < 200; count++) {
          const outcome = await code(cid.send(chat_id, `round ${round}`));
          if (outcome === 'NOT_A_MEMBER') return;
          expect(outcome).toBe('no error');
        }
      });
      await ann.sees((update) => update.message?.content?.text === `round ${round}`);
      await ann.request('chats.removeMember', { chat_id, user_id: cid.userId });
      removed = true;
      await Promise.all(flood);
      const messages = await ann.history(chat_id);
      const at = messages.findLastIndex(({ content }) => content.event?.kind === 'removed');
      expect(messages.slice(at).filter(({ sender_id }) => sender_id === cid.userId)).toEqual([]);
      expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_, index) => index + 1));
      await ann.request('chats.addMembers', { chat_id, user_ids: [cid.userId] });
    }
  });

  // Seen failing with `log.tombstones` not asked: nothing in this member's log tells of the deletion.
  test('I9: whoever left before a message was deleted is shown its text no more', async () => {
    const [ann, cid] = [await join(), await join()];
    const { chat_id } = await group(ann, [cid]);
    const { seq } = await ann.send(chat_id, 'first words');
    await ann.request('messages.edit', { chat_id, seq, content: { type: 'text', text: 'second words' } });
    await ann.send(chat_id, 'kept');
    await ann.request('chats.removeMember', { chat_id, user_id: cid.userId });
    await cid.sees((update) => update.type === 'chat.removed');
    await ann.request('messages.delete', { chat_id, seqs: [seq], for: 'everyone' });
    // Answered once the read model shows the deletion.
    expect((await ann.history(chat_id)).find((message) => message.seq === seq)).toMatchObject({
      deleted: true,
    });
    const logs = await logsOf(cid);
    expect(JSON.stringify(logs)).not.toMatch(deletedWords);
    for (const log of logs) {
      expect(runningHash(log)).toBe(runningHash(cid.log));
      const ofIt = log.filter(({ update }) => update.seq === seq && 'message' in update);
      expect(ofIt.map(({ update }) => update.type)).toEqual(['message.new', 'message.edited']);
      for (const { update } of ofIt) expect(update.message).toMatchObject({ seq, deleted: true });
      expect(JSON.stringify(log)).toContain('kept');
    }
    expect(await code(cid.request('log.tombstones', { chats: [{ chat_id, seqs: [seq] }] }))).toBe(
      'METHOD_NOT_FOUND',
    );
  });

  test('the same client_request_id creates one group', async () => {
    const [ann, bob] = [await join(), await join()];
    const params = { kind: 'group', member_ids: [bob.userId], title: 'Once', client_request_id: uuidV7() };
    const [one, other] = await Promise.all([
      ann.request('chats.create', params),
      ann.request('chats.create', params),
    ]);
    expect(one.chat.chat_id).toBe(other.chat.chat_id);
    expect((await ann.request('chats.list', {})).chats).toHaveLength(1);
    expect(await code(ann.request('chats.create', { ...params, title: 'Twice' }))).toBe(
      'IDEMPOTENCY_MISMATCH',
    );
  });
});

describe('catching up', () => {
  test('from an old token, with the hash that a client computes', async () => {
    const [ann, bob] = [await join(), await join()];
    const chat = await directChat(ann, bob);
    await ann.send(chat, 'before');
    await bob.sees((update) => update.type === 'message.new');
    bob.client.drop();
    for (let index = 0; index < 30; index++) await ann.send(chat, `meanwhile ${index}`);
    await bob.connect();
    await bob.sees((update) => update.message?.content?.text === 'meanwhile 29');
    expectContiguous(bob.log, 'Bob');
    expectEqualLogs(bob.log, await bob.wholeLog(), 'Bob');
    const { params } = bob.client.notifications.find(({ method }) => method === 'updates.caughtUp')!;
    expect(params.hash).toBe(runningHash(bob.log.filter(({ pts }) => pts <= params.pts)));
  });

  test('tokens: foreign and tampered ones are refused, a pts of the future too', async () => {
    const [ann, bob] = [await join(), await join()];
    const { sync_token } = await ann.request('updates.getState');
    expect(await code(bob.request('updates.getDifference', { sync_token }))).toBe('SYNC_TOKEN_INVALID');
    const tampered = sync_token.slice(0, 36) + (sync_token[36] === 'B' ? 'C' : 'B') + sync_token.slice(37);
    expect(await code(ann.request('updates.getDifference', { sync_token: tampered }))).toBe(
      'SYNC_TOKEN_INVALID',
    );
    expect(await code(ann.request('updates.getDifference', { pts: 1_000_000 }))).toBe('PTS_FROM_FUTURE');
    expect(await ann.request('updates.getDifference', { sync_token })).toMatchObject({
      type: 'empty',
      updates: [],
    });
  });
});

describe('bad input', () => {
  const ids = [
    '*',
    '>',
    'chat.00.x',
    'a b',
    '\u0000',
    '../..',
    'ABCDEF00-0000-7000-8000-000000000000',
    '',
    7,
    null,
    {},
    [],
  ];

  test('ids that would address something else name their field', async () => {
    const ann = await join();
    for (const chat_id of ids) {
      const params = { chat_id, client_msg_id: uuidV7(), content: { type: 'text', text: 'x' } };
      const failed = await ann.request('messages.send', params).catch((error) => error);
      expect(failed.error, JSON.stringify(chat_id)).toMatchObject({
        code: -32602,
        data: { code: 'INVALID_PARAMS' },
      });
      expect(JSON.stringify(failed.error.data.details)).toContain('chat_id');
    }
    expect(await code(ann.request('chats.get', { chat_id: uuidV7() }))).toBe('NOT_A_MEMBER');
  });

  test('frames that are nonsense are answered, and the connection and its neighbour live on', async () => {
    const [ann, bob] = [await join(), await join()];
    const chat = await directChat(ann, bob);
    const raw = (frame: string | Uint8Array) => ann.client.raw(frame);
    expect(await raw('{')).toMatchObject({ error: { code: -32700 }, id: null });
    expect(await raw('[]')).toMatchObject({ error: { code: -32600 } });
    expect(await raw('"text"')).toMatchObject({ error: { code: -32600 } });
    expect(await raw('{"jsonrpc":"1.0","id":"x","method":"session.ping"}')).toMatchObject({
      error: { code: -32600 },
    });
    expect(await raw('{"jsonrpc":"2.0","id":"x","method":"no.such"}')).toMatchObject({
      id: 'x',
      error: { code: -32601 },
    });
    expect(await raw('{"jsonrpc":"2.0","id":"x","method":"__proto__"}')).toMatchObject({
      error: { code: -32601 },
    });
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    expect([await raw(deep)].flat()[0].error.code).toBeLessThan(-32000);
    const unknown = await ann.request('chats.get', { chat_id: chat, surprise: 1 }).catch((error) => error);
    expect(JSON.stringify(unknown.error)).toContain('surprise');
    expect(await ann.request('session.ping')).toMatchObject({ server_time_ms: expect.any(Number) });
    expect((await bob.send(chat, 'unharmed')).seq).toBe(1);
  });

  test('a frame over the limit closes that connection alone, with 1009', async () => {
    const [ann, bob] = [await join(), await join()];
    const chat = await directChat(ann, bob);
    const { frame_bytes_max } = ann.client.session.limits;
    ann.client.socket.send('x'.repeat(frame_bytes_max + 1));
    expect(await ann.client.closed).toBe(1009);
    expect((await bob.send(chat, 'unharmed')).seq).toBe(1);
    await ann.connect();
    expect(await ann.history(chat)).toHaveLength(1);
  });

  test('without a session nothing is served, and HTTP refuses without a token', async () => {
    const stranger = await WireClient.connect(odnix.url);
    expect(await code(stranger.request('chats.list', {}))).toBe('SESSION_REQUIRED');
    stranger.drop();
    const rpc = { jsonrpc: '2.0', id: 1, method: 'chats.list', params: {} };
    await expect(post(odnix.url, '/v1/rpc', rpc)).rejects.toThrow(/401.*UNAUTHENTICATED/);
    const ann = await join();
    expect(await post(odnix.url, '/v1/rpc', rpc, ann.identity.access_token)).toMatchObject({
      result: { chats: [] },
    });
  });
});
