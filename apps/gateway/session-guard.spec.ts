/**
 * When accounts are looked at. Seen failing with the look at the first connection's return (what it asks is lost), and with no look
 * after one that failed.
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
  const devices = {
    has: async ({ device_id }: { device_id: string }) => {
      if (world.isAway) throw new StoreUnavailable('away');
      looks.push(device_id);
      return world.signedIn.has(device_id);
    },
    changed: async (userIds: readonly string[]) => new Set(userIds),
    forget: () => undefined,
  };
  const keys = { accepts: () => true, listeners: new Set() };
  const guard = new SessionGuard({ nats, logNats, devices, keys } as never, check_ms, () => undefined);
  for (const device_id of ['stays', 'goes'])
    guard.add({
      access: { identity: { user_id: 'u', device_id }, expiresAtMs: 0, kid: 'k' },
      close: () => void closed.push(device_id),
    });
  return { nats, logNats, looks, closed, world, guard };
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
