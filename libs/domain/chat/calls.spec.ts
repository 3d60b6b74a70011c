/**
 * Calls, as the chat of the two decides them. Seen failing, each by its own line here: without the look at `callee_device_id` in
 * `acceptCall`; with a decline that ends what was answered elsewhere; without `ifOver`; with both calling each other
 * refused; without `isBlocked`; with a block that leaves the call.
 */
import { describe, expect, it } from 'vitest';
import {
  accept,
  callOf,
  called,
  created,
  direct,
  discard,
  expire,
  givenChat,
  group,
  memberOf,
  now_ms,
  request,
  setBlocked,
  signal,
} from '../../../test/support/example-chat.js';
import { given_at_ms } from '../../../test/support/given.js';
import { callView, type Call } from './call.js';
import { call_ms_max, call_ring_ms_default } from './limits.js';

const there = direct('anna', 'ben');
const ringing = callOf('requested');
const accepted = callOf('accepted');
const ended = (from: Call, reason: Call['reason'], more: Partial<Call> = {}): Call => {
  const { expires_at_ms: _never, ...rest } = from;
  return { ...rest, state: 'discarded', discarded_at_ms: now_ms, reason: reason!, ...more };
};
const by = (user_id: string, device = 'phone') => ({
  discarded_by: { user_id, device_id: `${user_id}-${device}` },
});
const answer = (call: Call) => ({ kind: 'call', call }) as const;
const overdue: Call = { ...ringing, expires_at_ms: now_ms };
const missed = ended(overdue, 'missed');

describe('a call', () => {
  it('rings, in a chat that is there or made for it', () => {
    const call = { ...ringing, requested_at_ms: now_ms, expires_at_ms: now_ms + call_ring_ms_default };
    givenChat(...there)
      .when(request('anna', 'ben'))
      .accepts([called(call)], answer(call), { rejects: 'CALL_EXISTS' });
    const made = created(
      'direct',
      null,
      ['anna', 'ben'].map((one) => memberOf(one, 'member', { joined_at_ms: now_ms })),
      now_ms,
    );
    givenChat()
      .when(request('anna', 'ben'))
      .accepts([made, called(call)], answer(call), { rejects: 'CALL_EXISTS' });
  });

  it('is between two who have not blocked each other, and of one of them alone to nobody', () => {
    givenChat(...there)
      .when(request('anna', 'anna'))
      .rejects('FORBIDDEN');
    givenChat(...there)
      .when(request('cleo', 'ben'))
      .rejects('NOT_A_MEMBER');
    const blocks = { type: 'DirectBlocked' as const, data: { by: 'ben', blocked: true, change: 1 } };
    for (const [one, other] of [
      ['anna', 'ben'],
      ['ben', 'anna'],
    ] as const)
      givenChat(...there, blocks)
        .when(request(one, other))
        .rejects('BLOCKED');
    const crowd = group(memberOf('anna', 'owner'), memberOf('ben'));
    for (const command of [accept('ben'), signal('ben'), discard('ben')])
      givenChat(...crowd)
        .when(command)
        .rejects('WRONG_CHAT_KIND', { kind: 'group' });
  });

  it('is one at a time; after it there may be another', () => {
    for (const call of [ringing, accepted])
      for (const device of ['phone', 'tablet'])
        givenChat(...there, called(call))
          .when(request('anna', 'ben', device))
          .rejects('CALL_EXISTS', { call_id: 'call', state: call.state });
    givenChat(...there, called(accepted))
      .when(request('ben', 'anna'))
      .rejects('CALL_EXISTS', { call_id: 'call', state: 'accepted' });
    const next = { ...ringing, requested_at_ms: now_ms, expires_at_ms: now_ms + call_ring_ms_default };
    givenChat(...there, called(ended(ringing, 'hangup')))
      .when(request('anna', 'ben'))
      .accepts([called(next)], answer(next), { rejects: 'CALL_EXISTS' });
  });

  it('whose time is over is no more, whether that was told or not', () => {
    const chat = givenChat(...there, called(overdue));
    const next = {
      ...ringing,
      call_id: 'next',
      requested_at_ms: now_ms,
      expires_at_ms: now_ms + call_ring_ms_default,
    };
    chat
      .when(request('anna', 'ben', 'phone', 'next'))
      .accepts([called(missed), called(next)], answer(next), { rejects: 'CALL_EXISTS' });
    chat.when(accept('ben')).rejects('CALL_OVER', { reason: 'missed' });
    chat.when(signal('anna')).rejects('CALL_OVER', { reason: 'missed' });
    chat.when(discard('ben')).accepts([called(missed)], answer(missed), { repeats: answer(missed) });
    chat.when(expire()).accepts([called(missed)], answer(missed), { repeats: answer(missed) });
    givenChat(...there, called(ringing))
      .when(expire())
      .repeats(answer(ringing));
    const forgotten: Call = { ...accepted, expires_at_ms: now_ms };
    const failed = ended(forgotten, 'failed');
    givenChat(...there, called(forgotten))
      .when(expire())
      .accepts([called(failed)], answer(failed), { repeats: answer(failed) });
    givenChat(...there)
      .when(expire())
      .rejects('NOT_FOUND', { call_id: 'call' });
  });

  it('of both at once is the later one accepting', () => {
    const met = { ...accepted, accepted_at_ms: now_ms, expires_at_ms: now_ms + call_ms_max };
    givenChat(...there, called(ringing))
      .when(request('ben', 'anna'))
      .accepts([called(met)], answer(met), { rejects: 'CALL_EXISTS' });
  });
});

describe('answering', () => {
  it('is the first device’s', () => {
    const taken = { ...accepted, accepted_at_ms: now_ms, expires_at_ms: now_ms + call_ms_max };
    givenChat(...there, called(ringing))
      .when(accept('ben'))
      .accepts([called(taken)], answer(taken), { repeats: answer(taken) });
    givenChat(...there, called(accepted))
      .when(accept('ben', 'tablet'))
      .rejects('CALL_TAKEN', { device_id: 'ben-phone' });
  });

  it('is the other one’s, of that call, while it rings', () => {
    const chat = givenChat(...there, called(ringing));
    chat.when(accept('anna', 'tablet')).rejects('FORBIDDEN');
    chat.when(accept('cleo')).rejects('NOT_A_MEMBER');
    chat.when(accept('ben', 'phone', 'another')).rejects('NOT_FOUND', { call_id: 'another' });
    givenChat(...there)
      .when(accept('ben'))
      .rejects('NOT_FOUND', { call_id: 'call' });
    givenChat(...there, called(ended(ringing, 'hangup')))
      .when(accept('ben'))
      .rejects('CALL_OVER', { reason: 'hangup' });
  });
});

describe('ending', () => {
  it.each([
    ['anna', undefined, 'hangup'],
    ['anna', 'busy', 'hangup'],
    ['anna', 'failed', 'failed'],
    ['ben', undefined, 'declined'],
    ['ben', 'hangup', 'declined'],
    ['ben', 'busy', 'busy'],
    ['ben', 'failed', 'failed'],
  ] as const)('what rings: %s says %s, it ends as %s', (user, said, reason) => {
    const call = ended(ringing, reason, by(user, 'tablet'));
    givenChat(...there, called(ringing))
      .when(discard(user, 'tablet', said))
      .accepts([called(call)], answer(call), { repeats: answer(call) });
  });

  it.each([
    ['anna', 'phone', undefined, 'hangup'],
    ['ben', 'phone', 'declined', 'hangup'],
    ['ben', 'phone', 'failed', 'failed'],
    // From a device that is not in it, by who says that they mean it: the one that was in it may be dead.
    ['ben', 'tablet', 'hangup', 'hangup'],
    ['anna', 'tablet', 'failed', 'failed'],
  ] as const)('what goes on: %s by %s says %s, it ends as %s', (user, device, said, reason) => {
    const call = ended(accepted, reason, by(user, device));
    givenChat(...there, called(accepted))
      .when(discard(user, device, said))
      .accepts([called(call)], answer(call), { repeats: answer(call) });
    expect(callView('chat', call)).toMatchObject({ duration_ms: now_ms - given_at_ms });
  });

  it('is not done by who declines what was answered on another device', () => {
    for (const said of [undefined, 'declined', 'busy'] as const)
      givenChat(...there, called(accepted))
        .when(discard('ben', 'tablet', said))
        .rejects('CALL_TAKEN', { device_id: 'ben-phone' });
    givenChat(...there)
      .when(discard('ben'))
      .rejects('NOT_FOUND', { call_id: 'call' });
  });

  it('is done by a block, which is not told', () => {
    const reached = { kind: 'block_reached' } as const;
    const blocked = (who: string) => ({
      type: 'DirectBlocked' as const,
      data: { by: who, blocked: true, change: 1 },
    });
    for (const [who, call, reason] of [
      ['ben', ringing, 'declined'],
      ['anna', ringing, 'hangup'],
      ['ben', accepted, 'hangup'],
    ] as const)
      givenChat(...there, called(call))
        .when(setBlocked(who, true, 1))
        .accepts([blocked(who), called(ended(call, reason))], reached, { repeats: reached });
  });
});

describe('what devices say', () => {
  const to = (user_id: string, device_id?: string) =>
    ({ kind: 'signalled', to: { user_id, ...(device_id !== undefined && { device_id }) } }) as const;

  it('while it rings, goes from the caller’s to all, and from each of those to the caller’s', () => {
    const chat = givenChat(...there, called(ringing));
    chat.when(signal('anna')).repeats(to('ben'));
    for (const device of ['phone', 'tablet'])
      chat.when(signal('ben', device)).repeats(to('anna', 'anna-phone'));
    chat.when(signal('anna', 'tablet')).rejects('FORBIDDEN');
  });

  it('then, from one end to the other', () => {
    const chat = givenChat(...there, called(accepted));
    chat.when(signal('anna')).repeats(to('ben', 'ben-phone'));
    chat.when(signal('ben')).repeats(to('anna', 'anna-phone'));
    chat.when(signal('anna', 'tablet')).rejects('FORBIDDEN');
    chat.when(signal('ben', 'tablet')).rejects('CALL_TAKEN', { device_id: 'ben-phone' });
    givenChat(...there, called(ended(accepted, 'hangup')))
      .when(signal('ben'))
      .rejects('CALL_OVER', { reason: 'hangup' });
    givenChat(...there)
      .when(signal('ben'))
      .rejects('NOT_FOUND', { call_id: 'call' });
  });
});
