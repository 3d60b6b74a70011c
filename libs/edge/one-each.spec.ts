import { expect, test } from 'vitest';
import { OneEach } from './one-each.js';

test('one of a key at a time, in order, also after a failure; other keys do not wait', async () => {
  const one = new OneEach();
  const begun: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<string>>();
  const work = (name: string) => () => {
    begun.push(name);
    const end = Promise.withResolvers<string>();
    ends.set(name, end);
    return end.promise;
  };
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  const first = one.run('a', work('a1'));
  const second = one.run('a', work('a2'));
  const other = one.run('b', work('b1'));
  await settled();
  expect(begun).toEqual(['a1', 'b1']);

  ends.get('a1')!.reject(new Error('no'));
  await expect(first).rejects.toThrow('no');
  await settled();
  expect(begun).toEqual(['a1', 'b1', 'a2']);

  ends.get('a2')!.resolve('two');
  ends.get('b1')!.resolve('other');
  expect(await Promise.all([second, other])).toEqual(['two', 'other']);
});
