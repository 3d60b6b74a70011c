import { describe, expect, it } from 'vitest';
import {
  accountSubject,
  chatSubject,
  families,
  phoneSubject,
  receiptSubject,
  streamOf,
  userSubject,
} from './subjects.js';
import { topology } from './topology.js';

describe('topology', () => {
  it.each([1, 2, 16, 256])(
    'gives every id to exactly that of %d streams which streamOf names',
    (streamsPerFamily) => {
      const specs = topology({ streamsPerFamily, replicas: 1 });
      const holders = (subject: string) => {
        const pattern = subject.replace(/[^.]*$/, '*');
        return specs.filter(({ subjects }) => subjects?.includes(pattern)).map(({ name }) => name);
      };
      for (let i = 0; i < 2_000; i += 1) {
        const id = `00000000-0000-4000-8000-${i.toString(16).padStart(12, '0')}`;
        const hash = i.toString(16).padStart(64, '0');
        expect(holders(chatSubject(id))).toEqual([streamOf('CHAT', id, streamsPerFamily)]);
        expect(holders(receiptSubject(id))).toEqual([streamOf('RECEIPT', id, streamsPerFamily)]);
        expect(holders(accountSubject(id))).toEqual([streamOf('ACCOUNT', id, streamsPerFamily)]);
        expect(holders(phoneSubject(hash))).toEqual([streamOf('ACCOUNT', hash, streamsPerFamily)]);
        expect(holders(userSubject(id))).toEqual([streamOf('USER', id, streamsPerFamily)]);
      }
      expect(specs).toHaveLength(families.length * streamsPerFamily + 11);
    },
  );

  it('gives each USER stream the subject where its writer saves positions', () => {
    const users = topology({ streamsPerFamily: 2, replicas: 1 }).filter(({ name }) =>
      name.startsWith('USER_'),
    );
    expect(users.map(({ subjects }) => subjects?.at(-1))).toEqual(['timeline.USER_0', 'timeline.USER_1']);
  });

  it('names no stream twice and gives all the replicas asked for', () => {
    const specs = topology({ streamsPerFamily: 4, replicas: 3 });
    expect(new Set(specs.map(({ name }) => name)).size).toBe(specs.length);
    expect(new Set(specs.map((spec) => spec.num_replicas))).toEqual(new Set([3]));
  });

  it.each([0, 0.5, 1.5, 3, 512])('refuses %d streams per family', (streamsPerFamily) => {
    expect(() => topology({ streamsPerFamily, replicas: 1 })).toThrow('power of two');
  });
});
