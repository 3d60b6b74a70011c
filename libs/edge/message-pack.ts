/**
 * MessagePack for what JSON can say, and nothing else. Written by msgpackr, so that numbers come as JSON's do: integers beyond 32
 * bits as doubles. Read here: msgpackr gives meaning to extension types, makes texts of other keys, forgives invalid UTF-8, and
 * goes as deep as the stack, none of which strangers may use (msgpack/msgpack spec.md; docs/adr/0019).
 */
import { isUtf8 } from 'node:buffer';
import { Packr } from 'msgpackr';

/** The last one is missing in the library's types. */
const options = { useRecords: false, variableMapSize: true, skipValues: [undefined] };
const packr = new Packr(options);

/** A copy of its own: the library writes many values into one block, which a frame that waits would hold as a whole. */
export const pack = (value: object): Buffer => Buffer.from(packr.pack(value));

class Malformed extends Error {}

/** Undefined: it is not exactly one value that JSON could say as well. Never throws. */
export function unpack(bytes: Buffer): unknown {
  try {
    return new Reader(bytes).read();
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

interface Container {
  readonly into: unknown[] | Record<string, unknown>;
  left: number;
}

/** What is open is kept on the heap, not on the stack; memory is taken for values that came, not for those that were promised. */
class Reader {
  private at = 0;
  private readonly open: Container[] = [];

  constructor(private readonly bytes: Buffer) {}

  read(): unknown {
    const root: [unknown?] = [];
    this.open.push({ into: root, left: 1 });
    for (let top = this.open.at(-1); top !== undefined; top = this.open.at(-1)) {
      if (top.left === 0) this.open.pop();
      else this.readInto(top);
    }
    if (this.at !== this.bytes.length) throw new Malformed();
    return root[0];
  }

  private readInto(container: Container): void {
    container.left -= 1;
    const { into } = container;
    if (Array.isArray(into)) return void into.push(this.value());
    const key = this.value();
    if (typeof key !== 'string') throw new Malformed();
    const value = this.value();
    // As JSON.parse does: a member like any other.
    if (key === '__proto__') Object.defineProperty(into, key, { value, ...ordinary });
    else into[key] = value;
  }

  private value(): unknown {
    const type = this.unsigned(1);
    if (type <= 0x7f) return type;
    if (type >= 0xe0) return type - 0x100;
    if (type <= 0x8f) return this.container({}, type & 0x0f, 2);
    if (type <= 0x9f) return this.container([], type & 0x0f, 1);
    if (type <= 0xbf) return this.text(type & 0x1f);
    return this.typed(type);
  }

  private typed(type: number): unknown {
    switch (type) {
      case 0xc0:
        return null;
      case 0xc2:
      case 0xc3:
        return type === 0xc3;
      case 0xca:
      case 0xcb:
        return this.float(type === 0xca ? 4 : 8);
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.unsigned(1 << (type - 0xcc));
      case 0xcf:
        return Number(this.take(8).readBigUInt64BE());
      case 0xd0:
      case 0xd1:
      case 0xd2:
        return this.take(1 << (type - 0xd0)).readIntBE(0, 1 << (type - 0xd0));
      case 0xd3:
        return Number(this.take(8).readBigInt64BE());
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.text(this.unsigned(1 << (type - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.container([], this.unsigned(type === 0xdc ? 2 : 4), 1);
      case 0xde:
      case 0xdf:
        return this.container({}, this.unsigned(type === 0xde ? 2 : 4), 2);
      default:
        // Binary, extension types, and the one that is never used.
        throw new Malformed();
    }
  }

  private container(into: Container['into'], count: number, values: 1 | 2): Container['into'] {
    if (count * values > this.bytes.length - this.at) throw new Malformed();
    this.open.push({ into, left: count });
    return into;
  }

  private text(length: number): string {
    const bytes = this.take(length);
    if (!isUtf8(bytes)) throw new Malformed();
    return bytes.toString();
  }

  private float(length: 4 | 8): number {
    const bytes = this.take(length);
    const value = length === 4 ? bytes.readFloatBE() : bytes.readDoubleBE();
    if (!Number.isFinite(value)) throw new Malformed();
    return value;
  }

  private unsigned(length: number): number {
    return this.take(length).readUIntBE(0, length);
  }

  private take(length: number): Buffer {
    if (length > this.bytes.length - this.at) throw new Malformed();
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
}

const ordinary = { enumerable: true, configurable: true, writable: true };
