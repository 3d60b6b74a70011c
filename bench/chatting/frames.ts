/** The frames of a chat's load: written by hand and looked at without parsing, so that what is measured is the server. */
import { v7 as uuidV7 } from 'uuid';

export const text_chars = 256;
export const room_digits = 6;
const number_digits = 9;
const filling = 'x'.repeat(text_chars - number_digits - 2);
const textStart = Buffer.from('"text":"#');
const answerStart = Buffer.from('{"jsonrpc":"2.0","id":');
const errorPart = Buffer.from('"error":');
const zero = 0x30;
const nine = 0x39;

const padded = (number: number, digits: number): string => String(number).padStart(digits, '0');

/** `number` is the request's id and stands in the text. */
export const sendFrame = (chatId: string, number: number): string =>
  `{"jsonrpc":"2.0","id":${number},"method":"messages.send","params":{"chat_id":"${chatId}","client_msg_id":"${uuidV7()}",` +
  `"content":{"type":"text","text":"#${padded(number, number_digits)}#${filling}"}}}`;

/** For a relay: the room's number stands before it. */
export const relayFrame = (room: number, chatId: string, number: number): string =>
  padded(room, room_digits) + sendFrame(chatId, number);

/** The number of the message that a frame brings; -1: it brings none. */
export function broughtBy(frame: Buffer): number {
  const at = frame.indexOf(textStart);
  return at < 0 ? -1 : digitsAt(frame, at + textStart.length);
}

/** The id of the request that a frame answers; -1: it answers none. */
export function answeredBy(frame: Buffer): number {
  return frame.subarray(0, answerStart.length).equals(answerStart) ? digitsAt(frame, answerStart.length) : -1;
}

/** Of an answer: the error's code, null when it is none. */
export function errorOf(frame: Buffer): string | null {
  if (frame.indexOf(errorPart) < 0) return null;
  const { error } = JSON.parse(frame.toString()) as {
    error?: { message: string; data?: { code: string } };
  };
  return error ? (error.data?.code ?? error.message) : null;
}

function digitsAt(frame: Buffer, from: number): number {
  let number = 0;
  for (let at = from; frame[at]! >= zero && frame[at]! <= nine; at++)
    number = number * 10 + frame[at]! - zero;
  return number;
}
