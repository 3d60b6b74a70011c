/** Values that break what was written for well-behaved ones: of every type, at every boundary. */
import type { Random } from '../../support/random.js';

/** As JSON.parse makes it: a member like any other, not the object's prototype. */
const polluting: unknown = JSON.parse(
  '{"__proto__":{"isOwner":true},"constructor":{"prototype":{"isOwner":true}}}',
);

const texts: readonly string[] = [
  '',
  ' ',
  '*',
  '>',
  'chat.*.>',
  '$JS.API.STREAM.DELETE.CHAT_0',
  '../../../etc/passwd',
  'a.b',
  'two words',
  '\0',
  'before\0after',
  '\r\nNats-Msg-Id: forged\r\n',
  '\ud800',
  'x'.repeat(63) + '😀',
  '\udc00\ud800',
  '\u202egnp.exe',
  'Z̸̢͎̾ạ̵͘l̴͕͝g̷͖̈o',
  '👩‍👩‍👧‍👦',
  '\ufeff',
  "'; drop schema odnix cascade; --",
  "' or '1'='1",
  '$1::text',
  '%s%n%x',
  '${7*7}',
  '__proto__',
  'constructor',
  'NaN',
  '1e309',
  '-1',
  'null',
  'x'.repeat(5_000),
  '𝒳'.repeat(4_097),
  '00000000-0000-0000-0000-000000000000',
  'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF',
  '0198c5a0-0000-7000-8000-000000000001\n',
  'W10',
  'WzFd',
  'W251bGwsbnVsbF0',
];

const numbers: readonly number[] = [
  0,
  -0,
  -1,
  1,
  0.5,
  1.5,
  255,
  256,
  65_535,
  65_536,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32,
  2 ** 53 - 1,
  2 ** 53,
  2 ** 63,
  2 ** 64,
  -(2 ** 31) - 1,
  -(2 ** 53),
  1e-7,
  1e308,
  5e-324,
];

/** Many of them must not make a gigabyte. */
const short = texts.filter(({ length }) => length < 100);
const depth_max = 500;

export const nastyText = (chance: Random): string => chance.pick(texts);

export function nasty(chance: Random): unknown {
  switch (chance.integer(8)) {
    case 0:
    case 1:
      return nastyText(chance);
    case 2:
    case 3:
      return chance.pick(numbers);
    case 4:
      return chance.pick([null, true, false, [], {}, [null], [[]], { '': null }]);
    case 5:
      return polluting;
    case 6:
      return Array.from({ length: 1 + chance.integer(200) }, () => chance.pick([...short, ...numbers]));
    default:
      return nested(chance.integer(depth_max), chance.integer(2) === 0);
  }
}

function nested(depth: number, isArray: boolean): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = isArray ? [value] : { type: value };
  return value;
}
