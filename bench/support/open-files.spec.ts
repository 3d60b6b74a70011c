import { expect, it } from 'vitest';
import { parseOpenFiles } from './open-files.js';

const limits = (hard: string) =>
  `Limit                     Soft Limit           Hard Limit           Units\nMax open files            1024                 ${hard}                files\n`;

it('says what to do when a process may not have as many connections', () => {
  expect(() => parseOpenFiles(limits('20000')).mustHold(18_000)).not.toThrow();
  expect(() => parseOpenFiles(limits('20000')).mustHold(19_600)).toThrow(/--gateways/);
  expect(parseOpenFiles(limits('unlimited')).max).toBe(Number.POSITIVE_INFINITY);
});
