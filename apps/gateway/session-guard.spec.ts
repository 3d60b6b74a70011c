/**
 * When accounts are looked at. Seen failing with the look at the first connection's return (what it asks is lost), with no look
 * after one that failed, and with an account's word taken for enough or asked of any replica again.
 */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { StoreUnavailable } from '#streams/event-store.js';
import { SessionGuard } from './session-guard.js';

const check_ms = 60_000;

/** A connection that says what it is told to. */
function connection() {
  let tell: (status: { type: string }) => void = () => undefined;
  const next = () => new Promise<{ type: string }>((resolve) => (tell = resolve));
  async function* status() {
    for (;;) yield await next();
  }
  const says = async (type: string) => (tell({ type }), await vi.advanceTimersByTimeAsync(0));
  return { status, subscribe: () => ({ unsubscribe: () => undefined }), says };
}

function guarded() {
  const [nats, logNats] = [connection(), connection()];
  const looks: string[] = [];
  const closed: string[] = [];
  const world = { isAway: false, signedIn: new Set(['stays', 'goes']) };
  // The account lists nobody, so that each look asks the leader about each device.
  const listed = new Set<string>();
  const devices = {
    changed: async (userIds: readonly string[]) => new Map(userIds.map((userId) => [userId, listed])),
    forget: () => undefined,
    hasByLeader: async ({ device_id }: { device_id: string }) => {
      if (world.isAway) throw new StoreUnavailable('away');
      looks.push(device_id);
      return world.signedIn.has(device_id);
    },
  };
  const keys = { accepts: () => true, listeners: new Set() };
  const guard = new SessionGuard({ nats, logNats, devices, keys } as never, check_ms, () => undefined);
  for (const device_id of ['stays', 'goes'])
    guard.add({
      access: { identity: { user_id: 'u', device_id }, expiresAtMs: 0, kid: 'k' },
      close: () => void closed.push(device_id),
    });
  return { nats, logNats, looks, closed, listed, world, guard };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('once both connections are back, that which tells and that which reads', async () => {
  const { nats, logNats, looks, closed, world, guard } = guarded();
  await vi.advanceTimersByTimeAsync(0);
  for (const one of [nats, logNats]) await one.says('disconnect');
  world.signedIn.delete('goes');
  await nats.says('reconnect');
  expect(looks).toEqual([]);
  await logNats.says('reconnect');
  expect([looks, closed]).toEqual([['stays', 'goes'], ['goes']]);
  guard.close();
});

test('again a second after what could not be read, and no more when it is closed', async () => {
  const { closed, looks, world, guard } = guarded();
  [world.isAway] = [true, world.signedIn.delete('goes')];
  await vi.advanceTimersByTimeAsync(check_ms + 500);
  world.isAway = false;
  await vi.advanceTimersByTimeAsync(1_000);
  expect([looks, closed]).toEqual([['stays', 'goes'], ['goes']]);
  world.isAway = true;
  await vi.advanceTimersByTimeAsync(check_ms);
  guard.close();
  world.isAway = false;
  await vi.advanceTimersByTimeAsync(2 * check_ms);
  expect(looks.length).toBe(2);
});

test('who is not listed as an account is told is asked of the leader, and of nobody who may lag', async () => {
  const { looks, closed, listed, world, guard } = guarded();
  listed.add('stays');
  await vi.advanceTimersByTimeAsync(check_ms);
  expect([looks, closed]).toEqual([['goes'], []]);
  world.signedIn.delete('goes');
  await vi.advanceTimersByTimeAsync(check_ms);
  expect([looks, closed]).toEqual([['goes', 'goes'], ['goes']]);
  guard.close();
});
