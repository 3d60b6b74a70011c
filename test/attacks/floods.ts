/** More of everything than anybody needs: guesses, phone books, queries, catching up. */
import { expect, test } from 'vitest';
import { v7 as uuidV7 } from 'uuid';
import { Person } from '../support/person.js';
import { WireRefusal } from '../support/wire-client.js';
import type { Besieged } from './besieged.js';

const guesses = 150;
const queries = 200;

const codeOf = (error: unknown): string =>
  error instanceof WireRefusal ? (error.code ?? 'none') : String(error);

export const floods = (besieged: () => Besieged): void => {
  test('codes: a crowd of guesses gets in nowhere, and the owner gets in with the next code', async () => {
    const phone = '+15550731';
    const owner = { phone, installation_id: uuidV7() };
    await besieged().post('/v1/auth/otp/request', { phone });
    const before = await besieged().stored();
    const guess = (at: number) =>
      besieged().http('/v1/auth/otp/verify', {
        phone,
        code: String(at * 7_919)
          .padStart(6, '0')
          .slice(0, 6),
        device: { name: 'x', type: 'web' },
        ...(at % 3 === 0 ? { installation_id: uuidV7() } : {}),
      });
    const answers = await Promise.all(Array.from({ length: guesses }, (_, at) => guess(at)));
    const codes = new Set(answers.map(([status, code]) => `${status} ${code}`));
    expect([...codes].filter((one) => !['401 CODE_INVALID', '429 RATE_LIMITED'].includes(one))).toEqual([]);
    expect(await besieged().stored()).toEqual(before);
    const { dev_code } = await besieged().post('/v1/auth/otp/request', owner);
    const device = { name: 'x', type: 'web' };
    const signedIn = await besieged().post('/v1/auth/otp/verify', { ...owner, code: dev_code, device });
    expect(signedIn.new_user).toBe(true);
  });

  test('phone books: no more numbers at once than one may have asked for, and none tells whether it is somebody', async () => {
    const { stranger } = besieged();
    const phones = Array.from({ length: 51 }, (_, at) => `+1555${1_000_000 + at}`);
    await expect(stranger.request('contacts.sync', { phones })).rejects.toThrow(/INVALID_PARAMS.*phones/);
    const there = await besieged().http('/v1/auth/otp/request', {
      phone: '+15550701',
      installation_id: uuidV7(),
    });
    const nobody = await besieged().http('/v1/auth/otp/request', {
      phone: '+15550999',
      installation_id: uuidV7(),
    });
    expect([there, nobody]).toEqual([
      [200, undefined],
      [200, undefined],
    ]);
  });

  test('queries and catch-ups by the hundred are answered or sent away, each by the catalogue; the pair goes on', async () => {
    const { pair, url } = besieged();
    const person = await Person.signIn(url, '+15550741');
    await person.connect();
    const { chat } = await person.create({ kind: 'group', member_ids: [], title: 'flood' });
    for (let sent = 0; sent < 40; sent++) await person.send(chat.chat_id, `${sent} ${'x'.repeat(500)}`);
    const last = await person.send(chat.chat_id, 'the last');
    // Until it stands in the person's own log too.
    await person.sees(({ type, seq }) => type === 'message.new' && seq === last.seq);
    const before = await besieged().stored();
    const kinds: readonly [string, object][] = [
      ['sync.snapshot', { chats_limit: 100, messages_limit: 100 }],
      ['updates.getDifference', { pts: 0, limit: 1_000 }],
      ['messages.history', { chat_id: chat.chat_id, limit: 100 }],
      ['sync.chats', { watermarks: { [chat.chat_id]: { seq: 0 } }, limit: 100 }],
    ];
    const flood = Array.from({ length: queries }, (_, at) => {
      const [method, params] = kinds[at % kinds.length]!;
      return person.request(method, params).then(() => 'ok', codeOf);
    });
    const said = pair.saysMore(5);
    const outcomes = new Set(await Promise.all(flood));
    expect(
      [...outcomes].filter(
        (one) => !['ok', 'BUSY', 'RATE_LIMITED', 'UNAVAILABLE', 'NOT_CAUGHT_UP'].includes(one),
      ),
    ).toEqual([]);
    expect(outcomes).toContain('ok');
    await said;
    expect(await besieged().stored()).toEqual(before);
    person.client.drop();
  });
};
