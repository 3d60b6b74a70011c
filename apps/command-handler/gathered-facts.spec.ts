/** Seen failing with a look for each who asks, and with what one asked told to another. */
import { expect, test } from 'vitest';
import { GatheredFacts } from './gathered-facts.js';

const place = { chatId: 'chat', stream: 'CHAT_0' };

test('who asks of one chat at once is answered together, each their own; a failure is everybody’s who waited for it', async () => {
  const looks: string[][] = [];
  const facts = new GatheredFacts((_place, by) => {
    looks.push(by.map(({ actor_id }) => actor_id));
    if (by.some(({ actor_id }) => actor_id === 'eve')) return Promise.reject(new Error('down'));
    const found = by.map(
      ({ actor_id, seqs }) => new Map(seqs.map((seq) => [seq, { mine: actor_id } as never])),
    );
    return Promise.resolve({ covered_to: looks.length, facts: found });
  });
  const [ann, bob] = await Promise.all(['ann', 'bob'].map((user) => facts.find(place, user, [1])));
  expect([ann!.facts.get(1)?.mine, bob!.facts.get(1)?.mine]).toEqual(['ann', 'bob']);
  expect([ann!.position, bob!.position]).toEqual([1, 1]);
  const elsewhere = facts.find({ ...place, chatId: 'other' }, 'ann', [2]);
  await expect(Promise.all([facts.find(place, 'eve', [1]), elsewhere])).rejects.toThrow('down');
  expect((await elsewhere).facts.get(2)?.mine).toBe('ann');
  expect(looks).toEqual([['ann', 'bob'], expect.any(Array), expect.any(Array)]);
});

test('what waits is bounded', async () => {
  const facts = new GatheredFacts((_place, by) =>
    Promise.resolve({ covered_to: 1, facts: by.map(() => new Map()) }),
  );
  const asked = await Promise.allSettled(
    Array.from({ length: 1_025 }, (_, index) => facts.find(place, `user ${index}`, [1])),
  );
  expect(asked.filter(({ status }) => status === 'rejected')).toHaveLength(1);
});
