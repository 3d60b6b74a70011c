/** What the server did sign, for this very user, and what is not true any more: it is told so, and never half believed. */
import { expect, test } from 'vitest';
import { SyncTokens } from '#edge/sync-tokens.js';
import { accessSigner } from '../support/access-signer.js';
import { Person } from '../support/person.js';
import { WireClient } from '../support/wire-client.js';
import type { Besieged } from './besieged.js';

const short_life_s = 2;

/** Name → token: of a log that this one does not continue, or not yet. */
function stale({ secrets }: Besieged, userId: string, token: string): Record<string, string> {
  const tokens = new SyncTokens(secrets.syncToken);
  const head = tokens.decode(userId, token)!;
  const of = (change: Partial<typeof head>) =>
    tokens.encode(userId, change.epoch ?? head.epoch, { ...head, ...change });
  const otherHash = Buffer.from(Buffer.from(head.hash, 'base64url').map((byte) => byte ^ 1));
  return {
    'of an earlier epoch': of({ epoch: head.epoch - 1 }),
    'of a later epoch': of({ epoch: head.epoch + 1 }),
    'of another epoch, from the beginning': of({ epoch: head.epoch + 1, pts: 0, sequence: 0 }),
    'beyond the head': of({ pts: head.pts + 1 }),
    'beyond the head, at a sequence to come': of({ pts: head.pts + 1, sequence: head.sequence + 1_000_000 }),
    'at another sequence': of({ sequence: 1 }),
    'before its entry': of({ pts: head.pts - 1 }),
    'after another history': of({ hash: otherHash.toString('base64url') }),
  };
}

export const oldTokens = (besieged: () => Besieged): void => {
  test('sync tokens of another epoch, another history or the future: too long on every way in, nothing after a hole', async () => {
    const { url } = besieged();
    const person = await writer(url);
    const { access_token } = person.identity;
    const headers = { authorization: `Bearer ${access_token}` };
    const tooLong = expect.objectContaining({ type: 'too_long', updates: [] });
    for (const [name, sync_token] of Object.entries(
      stale(besieged(), person.userId, person.log.at(-1)!.sync_token),
    )) {
      const asked = person.request('updates.getDifference', { sync_token });
      expect.soft(await asked, name).toEqual(tooLong);
      const polled = await fetch(`${url}/v1/updates?timeout_ms=0&sync_token=${sync_token}`, { headers });
      expect.soft(await polled.json(), name).toEqual(tooLong);
      const events = await firstEvent(`${url}/v1/updates/stream?sync_token=${sync_token}`, headers);
      expect.soft(events, name).toContain('updates.tooLong');
      const resumed = await WireClient.open(url, access_token, sync_token);
      expect.soft(resumed.session['too_long'], name).toBe(true);
      // The session is at the head that it tells, and where it tells of goes on.
      const own = await resumed.request('updates.getDifference', {
        sync_token: resumed.session['sync_token'],
      });
      expect.soft(own, name).toMatchObject({ type: 'empty', pts: resumed.session['pts'] });
      expect.soft(resumed.updates, name).toEqual([]);
      resumed.drop();
    }
    person.client.drop();
  });

  test('an access token that ends: its sessions are closed as expired, and nothing is answered to it any more', async () => {
    const { nc, secrets, stranger, url } = besieged();
    const signer = await accessSigner(nc, secrets);
    const token = await signer.sign(stranger.identity, { expiresInS: short_life_s });
    const headers = { authorization: `Bearer ${token}` };
    const client = await WireClient.open(url, token);
    const polled = fetch(`${url}/v1/updates?timeout_ms=20000&sync_token=${client.session['sync_token']}`, {
      headers,
    });
    const stream = await fetch(`${url}/v1/updates/stream`, { headers });
    expect(await client.closed).toBe(4005);
    expect([(await polled).status, await stream.text()]).toEqual([401, expect.stringContaining('4005')]);
    const refused = [401, 'UNAUTHENTICATED'];
    const rpc = { jsonrpc: '2.0', id: 1, method: 'updates.getState', params: {} };
    expect(await besieged().http('/v1/rpc', rpc, headers)).toEqual(refused);
    for (const path of ['/v1/updates?pts=0&timeout_ms=0', '/v1/updates/stream'])
      expect(await besieged().http(path, undefined, headers)).toEqual(refused);
    for (const path of ['/v1/updates/ticket', '/v1/auth/logout'])
      expect(await besieged().http(path, {}, headers)).toEqual(refused);
    await expect(WireClient.open(url, token)).rejects.toThrow('UNAUTHENTICATED');
    await expect(stranger.request('session.refresh', { access_token: token })).rejects.toThrow(
      'UNAUTHENTICATED',
    );
  });
};

/** Somebody with a log of a few entries. */
async function writer(url: string): Promise<Person> {
  const person = await (await Person.signIn(url, '+15550761')).connect();
  const { chat } = await person.create({ kind: 'group', member_ids: [], title: 'notes' });
  const { seq } = await person.send(chat.chat_id, 'one of them');
  await person.sees((update) => update.type === 'message.new' && update.message.seq === seq);
  return person;
}

/** And the connection is given up. */
async function firstEvent(url: string, headers: Record<string, string>): Promise<string> {
  const response = await fetch(url, { headers });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!text.includes('\n\n')) text += (await reader.read()).value ?? '\n\n';
  await reader.cancel();
  return text;
}
