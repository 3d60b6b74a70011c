/** A frame as bytes, and what becomes of it on a bad line or in bad hands. */
import { Packr } from 'msgpackr';
import type { Random } from '../../support/random.js';
import { nastyText } from './nasty.js';

const messagePack = new Packr({ useRecords: false });

export type Encoding = 'json' | 'msgpack';

/** Both from what JSON says of the value: its library would write what is undefined in MessagePack's own way. */
export function encoded(value: unknown, encoding: Encoding): Buffer {
  const text = JSON.stringify(value);
  return encoding === 'json' ? Buffer.from(text) : Buffer.from(messagePack.pack(JSON.parse(text)));
}

/** MessagePack that JSON could not say: extensions, timestamps, binary, promises of more than there is, keys of other types. */
const odd: readonly Buffer[] = [
  'd6ff00000000',
  'd7ff0000000000000000',
  'c70cff0000000000000000000000000000',
  'c403000102',
  'ddffffffff',
  'dfffffffff',
  'dbffffffff61',
  'c6ffffffff',
  '81c0c0',
  '8101a161',
  '82a16101a16102',
  'cfffffffffffffffff',
  'd38000000000000000',
  'cb7ff8000000000000',
  'ca7f800000',
  'c1',
  'a2c328',
  'd4720100',
  'd80100000000000000000000000000000000',
].map((hex) => Buffer.from(hex, 'hex'));

export function damaged(frame: Buffer, encoding: Encoding, chance: Random): Buffer {
  const at = chance.integer(frame.length + 1);
  const [before, after] = [frame.subarray(0, at), frame.subarray(at)];
  switch (chance.integer(7)) {
    case 0:
      return before;
    case 1:
      return Buffer.concat([before, after.subarray(1 + chance.integer(8))]);
    case 2:
      return Buffer.concat([before, Buffer.from([chance.integer(256)]), after]);
    case 3:
      return Buffer.concat([
        before,
        encoding === 'json' ? Buffer.from(nastyText(chance)) : chance.pick(odd),
        after,
      ]);
    case 4:
      return Buffer.concat([frame, frame]);
    case 5:
      return encoding === 'json'
        ? Buffer.from(
            chance
              .pick(['[', '{"a":', '"\\ud800', '[[['])
              .repeat(1 + chance.integer(chance.integer(20) === 0 ? 30_000 : 4_000)),
          )
        : Buffer.alloc(1 + chance.integer(60_000), chance.pick([0x91, 0x81, 0xc1, 0x00, 0xff]));
    default: {
      const flipped = Buffer.from(frame);
      for (let count = 0; count <= chance.integer(4) && frame.length > 0; count++)
        flipped[chance.integer(frame.length)]! ^= 1 << chance.integer(8);
      return flipped;
    }
  }
}
