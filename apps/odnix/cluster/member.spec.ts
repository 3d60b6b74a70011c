/**
 * A member's lives. Seen failing: with its life not looked at after the pause ("while it waits"), with the pause always the same
 * ("twice as long"), with `ready` not waited for, with a process that is just being launched not waited for when it is told to stop
 * ("before it is ready").
 */
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, expect, it, vi } from 'vitest';
import { Member, type RunningProcess } from './member.js';

interface Launched extends RunningProcess {
  becomeReady(): void;
  end(): void;
}

const launched: Launched[] = [];
const pauses: { ms: number; isOver(): void }[] = [];
const said: string[] = [];

afterEach(() => {
  vi.useRealTimers();
  for (const list of [launched, pauses, said]) list.length = 0;
});

async function launch(): Promise<RunningProcess> {
  const ready = Promise.withResolvers<void>();
  const exited = Promise.withResolvers<void>();
  ready.promise.catch(() => undefined);
  const end = (): void => {
    ready.reject(new Error('it ended'));
    exited.resolve();
  };
  launched.push({
    pid: launched.length + 1,
    ready: ready.promise,
    exited: exited.promise,
    stop: async () => end(),
    kill: async () => end(),
    becomeReady: () => ready.resolve(),
    end,
  });
  return launched.at(-1)!;
}

function pause(ms: number, life: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    pauses.push({ ms, isOver: resolve });
    life.addEventListener('abort', () => resolve());
  });
}

function newMember(): Member {
  return new Member({ name: 'gateway-1', address: '', launch }, (line) => said.push(line), pause);
}

async function running(): Promise<Member> {
  const member = newMember();
  const started = member.start();
  await turn();
  launched[0]!.becomeReady();
  await started;
  return member;
}

it('is ready when its process is', async () => {
  const member = newMember();
  const started = member.start();
  await turn();
  expect([member.isReady, member.pid]).toEqual([false, 1]);
  launched[0]!.becomeReady();
  await started;
  expect(member.isReady).toBe(true);
  await expect(member.start()).rejects.toThrow('started before');
});

it('fails to start when its process ends before it is ready, and stays down', async () => {
  const member = newMember();
  const started = member.start();
  started.catch(() => undefined);
  await turn();
  launched[0]!.end();
  await expect(started).rejects.toThrow('it ended');
  await turn();
  expect([launched.length, pauses.length, member.pid]).toEqual([1, 0, null]);
});

it('is started again when it ends by itself, after a pause that grows twice as long each time', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const member = await running();
  for (let life = 2; life <= 9; life++) {
    launched.at(-1)!.end();
    await turn();
    expect([launched.length, member.isReady, member.pid]).toEqual([life - 1, false, null]);
    pauses.at(-1)!.isOver();
    await turn();
    launched.at(-1)!.becomeReady();
    await turn();
    expect([launched.length, member.isReady, member.pid]).toEqual([life, true, life]);
  }
  expect(pauses.map(({ ms }) => ms)).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  vi.setSystemTime(Date.now() + 31_000);
  launched.at(-1)!.end();
  await turn();
  expect(pauses.at(-1)!.ms).toBe(250);
  expect(said.at(-1)).toBe('gateway-1 has ended; starting it again in 250 ms.');
});

it('is tried again when it does not start again', async () => {
  const member = await running();
  launched[0]!.end();
  await turn();
  pauses[0]!.isOver();
  await turn();
  launched[1]!.end();
  await turn();
  expect(said.at(-1)).toBe('gateway-1 did not start (it ended); starting it again in 500 ms.');
  pauses[1]!.isOver();
  await turn();
  launched[2]!.becomeReady();
  await turn();
  expect([member.isReady, member.pid]).toEqual([true, 3]);
});

it.each(['kill', 'stop'] as const)('stays down after a %s, until it is started', async (end) => {
  const member = await running();
  await member[end]();
  await turn();
  expect([member.isReady, member.pid, pauses.length, said]).toEqual([false, null, 0, []]);
  const again = member.start();
  await turn();
  launched[1]!.becomeReady();
  await again;
  expect([member.isReady, member.pid]).toEqual([true, 2]);
});

it('stays down when it is stopped while it waits to be started again; the next start is one process', async () => {
  const member = await running();
  launched[0]!.end();
  await turn();
  await member.stop();
  void member.start();
  await turn();
  expect(launched).toHaveLength(2);
});

it('is gone when it is stopped before it is ready', async () => {
  const member = newMember();
  const started = member.start();
  started.catch(() => undefined);
  await member.stop();
  await expect(started).rejects.toThrow('it ended');
  await turn();
  expect([launched.length, pauses.length, member.pid, member.isReady]).toEqual([1, 0, null, false]);
});
