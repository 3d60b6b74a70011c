import { describe, expect, test } from 'vitest';
import type { UpdateNotification } from '#domain/user-log/update.js';
import { client, held, SimulatedServer, whole, type Faults } from './testing/simulated-log.js';
import { VirtualEnvironment } from './testing/virtual-environment.js';
import { held_updates_max, hold_ms } from './update-manager.js';

describe('the client rule', () => {
  const world = (faults?: Faults) => {
    const environment = new VirtualEnvironment(1);
    const server = new SimulatedServer(environment);
    return { environment, server, device: client(server, environment, faults) };
  };

  test('applies what follows, ignores what repeats', () => {
    const { server, device } = world();
    const [first, second] = [server.append(), server.append()];
    for (const notification of [first, first, second, first, second]) device.manager.receive(notification);
    expect(device.state.applied).toEqual([1, 2]);
  });

  test('holds what leaves a hole; a hole that closes by itself costs no request', async () => {
    const { environment, server, device } = world();
    const [first, second, third] = [server.append(), server.append(), server.append()];
    device.manager.receive(third);
    device.manager.receive(second);
    await environment.pass(hold_ms - 1);
    expect(device.state.applied).toEqual([]);
    device.manager.receive(first);
    expect(device.state.applied).toEqual([1, 2, 3]);
    await environment.pass(10_000);
    expect(server.differences).toBe(0);
  });

  test('fetches a hole after the hold time, in slices', async () => {
    const { environment, server, device } = world();
    for (let count = 0; count < 10; count++) server.append();
    device.manager.receive(server.log[9]!);
    await environment.pass(hold_ms - 1);
    expect(server.differences).toBe(0);
    await environment.pass(5_000);
    expect(held(device)).toEqual(whole(device, server));
    expect(server.differences).toBe(4);
  });

  test('a hole at the very end shows when the server says how far it has sent', async () => {
    const { environment, server, device } = world();
    server.append();
    device.manager.caughtUp(1, server.hashes[1]!);
    await environment.pass(5_000);
    expect(held(device)).toEqual(whole(device, server));
    expect(device.seen).toEqual(['caught up at 1']);
  });

  test('keeps no more than its maximum and fetches the rest', async () => {
    const { environment, server, device } = world();
    server.slice_max = 500;
    for (let count = 0; count < held_updates_max + 50; count++) server.append();
    for (const notification of server.log.slice(1)) device.manager.receive(notification);
    await environment.pass(10_000);
    expect(held(device)).toEqual(whole(device, server));
  });

  test('another log than the server has is seen by its hash and replaced by a snapshot', async () => {
    const { environment, server, device } = world();
    const [first, second] = [server.append(), server.append()];
    device.manager.receive(first);
    device.manager.receive({ ...second, date_ms: 7 });
    device.manager.caughtUp(2, server.hashes[2]!);
    expect(device.seen).toEqual(['diverged at 2']);
    await environment.pass(5_000);
    expect(held(device)).toEqual(whole(device, server));
  });

  test('too_long and unknown tokens lead to a snapshot, errors to another try', async () => {
    let failures = 2;
    const { environment, server, device } = world({ failing: () => failures-- > 0, tooLong: () => true });
    for (let count = 0; count < 5; count++) server.append();
    device.manager.receive(server.log[4]!);
    // The snapshot of this server stands two behind, and the rest is too long: only the live updates can close it.
    await environment.pass(10_000);
    expect(device.state.base).toBe(3);
    device.manager.receive(server.log[3]!);
    expect(held(device)).toEqual(whole(device, server));
  });

  test('a difference is under the same rule: nothing is applied twice or across a hole', async () => {
    const { environment, server, device } = world();
    for (let count = 0; count < 6; count++) server.append();
    const [first, second, , , fifth] = server.log as [UpdateNotification, ...UpdateNotification[]];
    device.manager.receive(first);
    server.difference = () => ({ type: 'difference', updates: [first, second!, second!, fifth!] });
    device.manager.receive(server.log[5]!);
    await environment.pass(3_000);
    expect(device.state.applied).toEqual([1, 2]);
  });

  test('what was begun in one session does not reach into the next', async () => {
    const { environment, server, device } = world();
    for (let count = 0; count < 3; count++) server.append();
    device.manager.receive(server.log[2]!);
    await environment.pass(hold_ms + 1);
    device.manager.offline();
    device.manager.receive(server.log[0]!);
    await environment.pass(60_000);
    expect(device.state.applied).toEqual([]);
    expect(environment.timers).toBe(0);
  });
});
