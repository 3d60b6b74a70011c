/** The wire format of Protocol Buffers, as far as reading goes: a message is fields of a number and a value, in any order. */

export interface ProtobufField {
  readonly number: number;
  /** Of fixed and varying width; a length-delimited one has `bytes`. */
  readonly value: bigint;
  readonly bytes: Buffer;
}

const none = Buffer.alloc(0);

/** Throws on what is none. */
export function protobufFields(message: Buffer): ProtobufField[] {
  const fields: ProtobufField[] = [];
  let at = 0;
  const varint = (): bigint => {
    for (let value = 0n, shift = 0n; ; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined || shift > 63n) throw new Error('a number has no end');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Buffer => {
    if (at + length > message.length) throw new Error('a field has no end');
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const key = varint();
    const number = Number(key >> 3n);
    switch (key & 7n) {
      case 0n:
        fields.push({ number, value: varint(), bytes: none });
        break;
      case 1n:
        fields.push({ number, value: take(8).readBigUInt64LE(), bytes: none });
        break;
      case 2n:
        fields.push({ number, value: 0n, bytes: take(Number(varint())) });
        break;
      case 5n:
        fields.push({ number, value: BigInt(take(4).readUInt32LE()), bytes: none });
        break;
      default:
        throw new Error(`wire type ${key & 7n}`);
    }
  }
  return fields;
}
