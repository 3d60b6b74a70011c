import { describe, expect, it } from 'vitest';
import { answeredBy, broughtBy, errorOf, relayFrame, room_digits, sendFrame, text_chars } from './frames.js';

const chatId = '01890000-0000-7000-8000-000000000000';

describe('frames of a load', () => {
  it('are requests of the protocol with a text of the stated length', () => {
    const { id, method, params } = JSON.parse(sendFrame(chatId, 42));
    expect([id, method, params.chat_id, params.content.text.length]).toEqual([
      42,
      'messages.send',
      chatId,
      text_chars,
    ]);
  });

  it('are known by the number in the text of whatever carries them', () => {
    const { params } = JSON.parse(sendFrame(chatId, 123_456));
    const update = { jsonrpc: '2.0', method: 'update', params: { pts: 7, update: { message: params } } };
    expect(broughtBy(Buffer.from(JSON.stringify(update)))).toBe(123_456);
    expect(broughtBy(Buffer.from('{"jsonrpc":"2.0","method":"typing"}'))).toBe(-1);
    expect(broughtBy(Buffer.from(relayFrame(3, chatId, 9)).subarray(room_digits))).toBe(9);
  });

  it('are answered by id, with or without an error', () => {
    const result = Buffer.from('{"jsonrpc":"2.0","id":17,"result":{"seq":1}}');
    expect([answeredBy(result), errorOf(result)]).toEqual([17, null]);
    const error = Buffer.from(
      '{"jsonrpc":"2.0","id":18,"error":{"code":-32000,"message":"m","data":{"code":"BUSY"}}}',
    );
    expect([answeredBy(error), errorOf(error)]).toEqual([18, 'BUSY']);
    expect(answeredBy(Buffer.from('{"jsonrpc":"2.0","method":"update"}'))).toBe(-1);
    expect(answeredBy(Buffer.from('{}'))).toBe(-1);
  });
});
