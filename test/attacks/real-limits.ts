/** Against a gateway that limits as in production: thousands who say nothing, and who reads phone books off it. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Person } from '../support/person.js';
import { WireClient, WireRefusal } from '../support/wire-client.js';
import type { Besieged } from './besieged.js';
import { addressOf } from './silent-crowd.js';

const socket_bytes_max = 64 * 1024;
const asked_at_once = 100;
const phones_a_request = 50;

function memoryBytesOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1_024;
}

export const realLimits = (besieged: () => Besieged): void => {
  test('thousands that say nothing cost little memory each, and keep nobody out; an address holds so many', async () => {
    const { crowd, limited, limitedPair, stranger } = besieged();
    const before = memoryBytesOf(limited.pid);
    await crowd.connect(limited.url);
    const more = WireClient.connect(limited.url, { localAddress: addressOf(0) });
    await expect(more).rejects.toThrow('429');
    expect((memoryBytesOf(limited.pid) - before) / crowd.size).toBeLessThan(socket_bytes_max);
    await limitedPair.saysMore(3);
    const late = await WireClient.open(limited.url, stranger.identity.access_token);
    expect(await late.request('session.ping')).toHaveProperty('server_time_ms');
    late.drop();
  });

  test('phone books: many requests from all devices at once learn of no more numbers than the limit, then wait', async () => {
    const { limited, url } = besieged();
    const devices = [await Person.signIn(url, '+15550753'), await Person.signIn(url, '+15550753')];
    await Promise.all(devices.map((device) => device.connect(limited.url)));
    const scrape = (at: number) => {
      const phones = Array.from({ length: phones_a_request }, (_, of) => `+1556${1e6 + at * 100 + of}`);
      return devices[at % 2]!.request('contacts.sync', { phones }).then(
        () => null,
        (error: unknown) => (error as WireRefusal).error.data,
      );
    };
    const answers = await Promise.all(Array.from({ length: asked_at_once }, (_, at) => scrape(at)));
    const refusals = answers.filter((answer) => answer !== null);
    const answered = answers.length - refusals.length;
    // Who is on one gateway alone is sure of half.
    expect([answered >= 30, answered <= 60], `${answered} answered`).toEqual([true, true]);
    for (const refusal of refusals) expect(refusal?.code).toBe('RATE_LIMITED');
    // A number in less than a second would be all numbers in a month.
    expect(Math.min(...refusals.map((refusal) => refusal!.retry_after_ms!))).toBeGreaterThan(1_000);
    expect(await scrape(asked_at_once)).toMatchObject({ code: 'RATE_LIMITED' });
    for (const device of devices) device.client.drop();
  });
};

/** After what takes longer than they are given. */
export const silenceEnded = (besieged: () => Besieged): void => {
  test('all that said nothing were closed, each told why, while a pair chatted on', async () => {
    const { crowd, limited, limitedPair } = besieged();
    const codes = await crowd.ended();
    expect([...new Set(codes)]).toEqual([4004]);
    // What they held is there for others again.
    const again = await WireClient.connect(limited.url, { localAddress: addressOf(0) });
    again.drop();
    await limitedPair.saysMore(3);
    expect(await limitedPair.stop()).toEqual([]);
  });
};
