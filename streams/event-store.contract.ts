import { describe, expect, it } from 'vitest';
import { CatalogueError } from '#domain/catalogue.js';
import { contractRun, decision, newId } from './decision-fixture.contract.js';
import type { ContractSubject } from './decision-fixture.contract.js';
import { erasureContract } from './erasure.contract.js';
import { append_decisions_max } from './event-store.js';
import { accountSubject, chatSubject, contactsSubject, phoneSubject, receiptSubject } from './subjects.js';

/** The promises of the port, kept by every implementation. Each case uses subjects of its own. */
export function eventStoreContract(subject: () => ContractSubject): void {
  const { store, chatStream, appended, foreignDecisions } = contractRun(subject);
  const fresh = { fresh: true };

  describe('appending and loading', () => {
    it('knows nothing of what was never written', async () => {
      const chatId = newId();
      expect(await store().load(chatSubject(chatId))).toBeNull();
      expect(await store().load(chatSubject(chatId), fresh)).toBeNull();
      expect(await store().read(chatStream(chatId), 900_000)).toBeNull();
      expect(await store().readMany(chatStream(chatId), [])).toEqual([]);
    });

    it('gives back exactly what was appended, from the stream of its id', async () => {
      const chatId = newId();
      const written = decision('first', {
        state: { last_seq: 1 },
        members: [{ user_id: 'a', role: 'member', joined_at_ms: 1, visible_from_seq: 1 }],
      });
      const place = await appended(store().append(chatSubject(chatId), 0, [written]));
      expect(place.stream).toBe(chatStream(chatId));
      const loaded = await store().load(chatSubject(chatId), fresh);
      expect(loaded?.head).toEqual({
        stream: place.stream,
        subject: chatSubject(chatId),
        sequence: place.firstSequence,
        stored_at_ms: expect.any(Number),
        decision: written,
      });
      expect(loaded).toEqual({
        head: loaded?.head,
        decisions: [loaded?.head],
        membersFrom: loaded?.head,
        missing: [],
      });
      expect(await store().read(place.stream, place.firstSequence)).toEqual(loaded?.head);
    });

    it('serves chats, receipts, accounts and phones alike', async () => {
      const id = newId();
      const phone = id.replaceAll('-', '').repeat(2);
      for (const one of [
        chatSubject(id),
        receiptSubject(id),
        accountSubject(id),
        contactsSubject(id),
        phoneSubject(phone),
      ]) {
        await appended(store().append(one, 0, [decision(one)]));
        const loaded = await store().load(one, fresh);
        expect(loaded?.head.subject).toBe(one);
        expect(loaded?.membersFrom).toBeNull();
      }
    });

    it('follows absolute and relative pointers, however many decisions of others stand between', async () => {
      const chatId = newId();
      const mine = chatSubject(chatId);
      const created = decision('created', { state: { last_seq: 0 }, members: [] });
      const first = (await appended(store().append(mine, 0, [created]))).firstSequence;
      await foreignDecisions(chatId, 3);
      const since1 = [0];
      const header1 = { state_at: first, since: since1, members_at: first };
      const header2 = { state_at: first, since: [-1, 0], members_at: first };
      const batch = [decision('two', { header: header1 }), decision('three', { header: header2 })];
      const second = (await appended(store().append(mine, first, batch))).firstSequence;
      await foreignDecisions(chatId, 2);
      const loaded = await store().load(mine, fresh);
      expect(loaded?.decisions.map(({ sequence }) => sequence)).toEqual([first, second, second + 1]);
      expect(loaded?.decisions.map((stored) => stored.decision)).toEqual([created, ...batch]);
      expect(loaded?.head.sequence).toBe(second + 1);
      expect(loaded?.membersFrom?.sequence).toBe(first);
      expect(loaded?.missing).toEqual([]);
    });

    it('stores a full batch side by side, in order', async () => {
      const chatId = newId();
      const batch = Array.from({ length: append_decisions_max }, (_, i) => decision(`nr ${i}`));
      const { stream, firstSequence } = await appended(store().append(chatSubject(chatId), 0, batch));
      const sequences = batch.map((_, i) => firstSequence + i);
      const stored = await store().readMany(stream, sequences);
      expect(stored.map((one) => one?.decision)).toEqual(batch);
      await expect(
        store().append(chatSubject(newId()), 0, [...batch, decision('too many')]),
      ).rejects.toThrow();
      await expect(store().append(chatSubject(newId()), 0, [])).rejects.toThrow();
    });

    it('reads many in the order asked, null where nothing is', async () => {
      const chatId = newId();
      const batch = [decision('a'), decision('b'), decision('c')];
      const { stream, firstSequence: first } = await appended(store().append(chatSubject(chatId), 0, batch));
      const read = await store().readMany(stream, [first + 2, 900_000, first, first + 2]);
      expect(read.map((one) => one?.decision)).toEqual([batch[2], undefined, batch[0], batch[2]]);
      expect(read[1]).toBeNull();
    });

    it('shares nothing with its caller', async () => {
      const chatId = newId();
      const events = [...decision('kept').events];
      await appended(store().append(chatSubject(chatId), 0, [decision('', { events })]));
      events.pop();
      expect((await store().load(chatSubject(chatId), fresh))?.head.decision.events).toHaveLength(1);
    });

    it('refuses to write what could not be read again', async () => {
      const broken = { ...decision('x'), header: { state_at: 0.5, since: [], members_at: 0 } };
      await expect(store().append(chatSubject(newId()), 0, [broken])).rejects.toThrow(CatalogueError);
    });
  });

  describe('guarding', () => {
    it('refuses an append that does not expect the present head, and stores nothing of it', async () => {
      const mine = chatSubject(newId());
      const conflict = { kind: 'conflict' };
      expect(await store().append(mine, 5, [decision('no head yet')])).toEqual(conflict);
      const { firstSequence: head } = await appended(store().append(mine, 0, [decision('head')]));
      expect(await store().append(mine, 0, [decision('late')])).toEqual(conflict);
      expect(await store().append(mine, 0, [decision('late 1'), decision('late 2')])).toEqual(conflict);
      expect(await store().append(mine, head - 1, [decision('lower')])).toEqual(conflict);
      expect(await store().append(mine, head + 1, [decision('higher')])).toEqual(conflict);
      expect((await store().load(mine, fresh))?.head.sequence).toBe(head);
    });

    // Broken once by appending without the expected sequence: all of the racers were accepted.
    it('lets exactly one of many concurrent writers win, every time', async () => {
      const mine = chatSubject(newId());
      let head = 0;
      for (let round = 0; round < 10; round += 1) {
        const racers = Array.from({ length: 8 }, (_, i) => [
          decision(`racer ${i}`),
          ...(i % 2 ? [decision('tail')] : []),
        ]);
        const results = await Promise.all(racers.map((decisions) => store().append(mine, head, decisions)));
        const winners = results.flatMap((result, i) =>
          result.kind === 'appended' ? [{ ...result, wrote: racers[i]! }] : [],
        );
        expect(winners).toHaveLength(1);
        expect(results.filter(({ kind }) => kind === 'conflict')).toHaveLength(7);
        const { firstSequence, wrote } = winners[0]!;
        head = firstSequence + wrote.length - 1;
        expect((await store().load(mine, fresh))?.head).toMatchObject({
          sequence: head,
          decision: wrote.at(-1),
        });
      }
    });

    it('takes unguarded marks in any number at once', async () => {
      const mine = receiptSubject(newId());
      const marks = Array.from({ length: 20 }, (_, i) => decision(`mark ${i}`));
      const results = await Promise.all(marks.map((mark) => appended(store().appendUnguarded(mine, mark))));
      expect(new Set(results.map(({ firstSequence }) => firstSequence)).size).toBe(20);
      const last = Math.max(...results.map(({ firstSequence }) => firstSequence));
      expect((await store().load(mine, fresh))?.head.sequence).toBe(last);
    });

    it('stores a message id once, and tells where when it knows', async () => {
      const mine = chatSubject(newId());
      const { firstSequence: first } = await appended(
        store().append(mine, 0, [decision('one')], [`${mine}/one`]),
      );
      const again = await store().append(mine, first, [decision('again')], [`${mine}/one`]);
      expect(again).toEqual({ kind: 'duplicate', sequence: first });
      const inBatch = await store().append(
        mine,
        first,
        [decision('two'), decision('again')],
        [null, `${mine}/one`],
      );
      expect(inBatch).toEqual({ kind: 'duplicate' });
      const twice = await store().append(
        mine,
        first,
        [decision('two'), decision('two')],
        [`${mine}/2`, `${mine}/2`],
      );
      expect(twice).toEqual({ kind: 'duplicate' });
      const unguarded = await store().appendUnguarded(mine, decision('again'), `${mine}/one`);
      expect(unguarded).toEqual({ kind: 'duplicate', sequence: first });
      expect((await store().load(mine, fresh))?.head.sequence).toBe(first);
    });

    it('answers a retry after a lost answer with conflict or duplicate, and stores nothing', async () => {
      const mine = chatSubject(newId());
      const ids = [`${mine}/retry`];
      const written = [decision('once')];
      const { firstSequence: first } = await appended(store().append(mine, 0, written, ids));
      expect(['conflict', 'duplicate']).toContain((await store().append(mine, 0, written, ids)).kind);
      expect((await store().load(mine, fresh))?.head.sequence).toBe(first);
    });

    it('refuses for good what is too large', async () => {
      const mine = chatSubject(newId());
      const large = decision('x'.repeat(9_000_000));
      expect(await store().append(mine, 0, [large])).toEqual({ kind: 'too_large' });
      expect(await store().append(mine, 0, [decision('small'), large])).toEqual({ kind: 'too_large' });
      expect(await store().load(mine, fresh)).toBeNull();
    });
  });

  erasureContract(subject);
}
