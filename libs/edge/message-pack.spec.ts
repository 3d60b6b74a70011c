/**
 * What strangers may send as MessagePack. Seen failing with msgpackr's own reader (Infinity, dates and records come in, invalid
 * UTF-8 passes, deep nesting overflows the stack), without the look at what is left behind a declared length, and with
 * `skipValues` left out (a field that is absent in JSON comes as an extension type).
 */
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { expect, test } from 'vitest';
import { pack, unpack } from './message-pack.js';

const bytes = (...parts: (number | string | Buffer)[]): Buffer =>
  Buffer.concat(
    parts.map((part) => (typeof part === 'number' ? Buffer.of(part) : Buffer.from(part as string))),
  );
const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const frame_bytes_max = 65_536;
const otherWriter = new Packr({ useRecords: false });

test('what is written is read as JSON would have said it, __proto__ included', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const said = JSON.parse(JSON.stringify(value)) as unknown;
      expect(unpack(pack([value]))).toStrictEqual([said]);
      expect(unpack(otherWriter.pack(value))).toStrictEqual(said);
    }),
  );
  const odd = JSON.parse('{"__proto__":{"a":1},"constructor":2}') as object;
  expect(JSON.stringify(unpack(pack(odd)))).toBe(JSON.stringify(odd));
  expect(({} as { a?: unknown }).a).toBeUndefined();
  expect(unpack(pack({ absent: undefined, at_ms: 1_764_000_000_000 }))).toStrictEqual({
    at_ms: 1_764_000_000_000,
  });
});

test.each([
  ['7f', 127],
  ['ff', -1],
  ['e0', -32],
  ['ccff', 255],
  ['cdffff', 65_535],
  ['ceffffffff', 4_294_967_295],
  ['cf0000018bcfe56800', 1_700_000_000_000],
  ['d080', -128],
  ['d18000', -32_768],
  ['d280000000', -2_147_483_648],
  ['d3ffffffff00000000', -4_294_967_296],
  ['ca3fc00000', 1.5],
  ['cb3ff8000000000000', 1.5],
  ['cfffffffffffffffff', 2 ** 64],
  ['d90161', 'a'],
  ['da000161', 'a'],
  ['db0000000161', 'a'],
  ['dc0001c0', [null]],
  ['dd00000001c3', [true]],
  ['de0001a161c2', { a: false }],
  ['df00000001a16190', { a: [] }],
  ['82a16101a16102', { a: 2 }],
] as const)('%s is %j, in whichever length it was written', (text, value) => {
  expect(unpack(hex(text))).toStrictEqual(value);
});

test.each([
  ['nothing', ''],
  ['a second value', 'c0c0'],
  ['the type that is never used', 'c1'],
  ['binary', 'c40161'],
  ['an extension', 'd40001'],
  ['a date', 'd6ff00000000'],
  ['a record of msgpackr', 'd4721f93a161a162a163'],
  ['not a number', 'cb7ff8000000000000'],
  ['infinity', 'ca7f800000'],
  ['a key that is a number', '810102'],
  ['a key that is nil', '81c002'],
  ['a key that is an array', '819002'],
  ['half a number', 'cd00'],
  ['invalid UTF-8', 'a2c328'],
  ['half a surrogate pair', 'a3eda080'],
  ['a text of 4 GiB', 'dbffffffff61'],
  ['an array of 4 G values', 'ddffffffffc0'],
  ['a map of 4 G values', 'dfffffffffa161c0'],
  ['a map that ends before its value', '81a161'],
])('%s is nothing', (_, text) => {
  expect(unpack(hex(text))).toBeUndefined();
});

test('as deep as a frame is long, and as many promises as fit into it', () => {
  const deep = Buffer.alloc(frame_bytes_max, 0x91);
  expect(unpack(deep)).toBeUndefined();
  deep[frame_bytes_max - 1] = 0xc0;
  let value = unpack(deep);
  for (let depth = 1; depth < frame_bytes_max; depth++) [value] = value as [unknown];
  expect(value).toBeNull();
  const promises = Buffer.concat(Array.from({ length: frame_bytes_max / 3 }, () => hex('dcffff')));
  const before = process.memoryUsage().heapUsed;
  expect(unpack(promises)).toBeUndefined();
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * frame_bytes_max);
});

test('whatever comes, the answer is a value that JSON could say, or nothing', () => {
  const look = (frame: Buffer) => {
    const value = unpack(frame);
    if (value !== undefined) expect(JSON.parse(JSON.stringify(value))).toStrictEqual(negativeZeroLess(value));
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (frame) => look(Buffer.from(frame))));
  const damaged = fc.record({ value: fc.jsonValue(), at: fc.nat(), by: fc.integer({ min: 0, max: 255 }) });
  fc.assert(
    fc.property(damaged, ({ value, at, by }) => {
      const frame = pack([value]);
      frame[at % frame.length] = by;
      look(frame);
      look(frame.subarray(0, at % frame.length));
      look(bytes(frame, by));
    }),
  );
});

/** JSON's one zero. */
function negativeZeroLess(value: unknown): unknown {
  if (Object.is(value, -0)) return 0;
  if (Array.isArray(value)) return value.map(negativeZeroLess);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, negativeZeroLess(one)]));
}
