import { describe, expect, it } from 'vitest';
import { contractRun, decision, newId } from './decision-fixture.contract.js';
import type { ContractSubject } from './decision-fixture.contract.js';
import { StoreDamaged } from './event-store.js';
import { chatSubject } from './subjects.js';

/** What an event store does about messages that are gone, and about pointers that cannot be right. */
export function erasureContract(subject: () => ContractSubject): void {
  const { store, appended, foreignDecisions } = contractRun(subject);
  const fresh = { fresh: true };

  describe('erased and damaged', () => {
    it('tells what its pointers name and the stream no longer holds', async () => {
      const mine = chatSubject(newId());
      const created = decision('created', { state: {}, members: [] });
      const { stream, firstSequence: first } = await appended(store().append(mine, 0, [created]));
      const header = (since: number[]) => ({ state_at: first, since, members_at: first });
      const batch = [
        decision('text', { header: header([0]) }),
        decision('tombstone', { header: header([-1, 0]) }),
      ];
      await appended(store().append(mine, first, batch));
      await subject().erase(stream, first + 1);
      const loaded = await store().load(mine, fresh);
      expect(loaded?.decisions.map(({ sequence }) => sequence)).toEqual([first, first + 2]);
      expect(loaded?.missing).toEqual([first + 1]);
      expect(loaded?.membersFrom?.sequence).toBe(first);
      expect(await store().read(stream, first + 1)).toBeNull();
      await appended(store().append(mine, first + 2, [decision('goes on')]));
    });

    it.each([
      [
        'another subject',
        (own: number, other: number) => ({ state_at: own, since: [other, 0], members_at: 0 }),
      ],
      ['a state behind what follows it', (own: number) => ({ state_at: 0, since: [own], members_at: 0 })],
      ['what comes later', () => ({ state_at: 1_000_000, since: [], members_at: 0 })],
      ['before the stream', () => ({ state_at: -1_000_000, since: [], members_at: 0 })],
      ['members that are not there', (own: number) => ({ state_at: 0, since: [], members_at: own })],
    ])('stops at a pointer to %s', async (_, header) => {
      const chatId = newId();
      const { firstSequence: own } = await appended(
        store().append(chatSubject(chatId), 0, [decision('own')]),
      );
      const [other] = await foreignDecisions(chatId, 1);
      await appended(
        store().append(chatSubject(chatId), own, [decision('head', { header: header(own, other!) })]),
      );
      await expect(store().load(chatSubject(chatId), fresh)).rejects.toThrow(StoreDamaged);
    });
  });
}
