import { isUtf8 } from 'node:buffer';
import { frameOf, parseFrame, unreadable, type Frame } from '#edge/frame.js';
import { unpack } from '#edge/message-pack.js';
import type { Encoding } from './outgoing.js';

/** How a WebSocket's frames are written and read. */
export interface Subprotocol {
  readonly encoding: Encoding;
  readonly isBinary: boolean;
  /** Whatever it is: what cannot be read is a frame that says so. */
  read(bytes: Buffer, isBinary: boolean): Frame;
}

const json: Subprotocol = {
  encoding: 'json',
  isBinary: false,
  read: (bytes, isBinary) =>
    isBinary || !isUtf8(bytes)
      ? unreadable({ frame: 'a text frame in UTF-8' })
      : parseFrame(bytes.toString()),
};

const messagePack: Subprotocol = {
  encoding: 'msgpack',
  isBinary: true,
  read: (bytes, isBinary) => {
    const value = isBinary ? unpack(bytes) : undefined;
    const expected = 'a binary frame of one MessagePack value that JSON could say as well';
    return value === undefined ? unreadable({ frame: expected }) : frameOf(value);
  },
};

const subprotocols: ReadonlyMap<string, Subprotocol> = new Map([
  ['odnix.v1.json', json],
  ['odnix.v1.msgpack', messagePack],
]);

export const subprotocolNames: readonly string[] = [...subprotocols.keys()];
export const isSubprotocol = (name: string): boolean => subprotocols.has(name);
/** JSON also for who offered none. */
export const subprotocolOf = (name: string): Subprotocol => subprotocols.get(name) ?? json;
