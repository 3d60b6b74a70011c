/**
 * What strangers and users can do to the whole system, done to it while two people chat: each attempt is refused by exactly
 * what it is, nothing of it is stored, no process fails or logs an error, and the two miss nothing.
 *
 * Seen failing: "forged access tokens" with tokens that were read and not checked; "MessagePack" before names were cut between characters;
 * "thousands" without a limit by address, "phone books" with ten times the limit, "sync tokens" with epoch or hash not compared.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { linesBesideWaiting } from '../support/busy-machine.js';
import { isAlive } from '../support/launched-odnix.js';
import { Besieged } from './besieged.js';
import { floods } from './floods.js';
import { foreignPlaces } from './foreign-places.js';
import { forgedTokens } from './forged-tokens.js';
import { frames } from './frames.js';
import { injection } from './injection.js';
import { oldTokens } from './old-tokens.js';
import { realLimits, silenceEnded } from './real-limits.js';
import { redaction } from './redaction.js';

let besieged: Besieged;
const get = (): Besieged => besieged;

beforeAll(async () => {
  besieged = await Besieged.start();
});
afterAll(() => besieged?.stop());

describe('real limits', () => realLimits(get));
describe('old tokens', () => oldTokens(get));
describe('forged tokens', () => forgedTokens(get));
describe('places that are not theirs', () => foreignPlaces(get));
describe('injection', () => injection(get));
describe('frames', () => frames(get));
describe('redaction', () => redaction(get));
describe('floods', () => floods(get));
describe('silence', () => silenceEnded(get));

test('the process lives, has logged no error, and the pair misses nothing', async () => {
  const { odnix, limited, pair } = besieged;
  for (const { pid, output } of [odnix, limited]) {
    expect(isAlive(pid)).toBe(true);
    expect(linesBesideWaiting(output()).join('\n')).not.toMatch(/\b(ERROR|FATAL)\b|unhandled/i);
  }
  await pair.saysMore(3);
  expect(await pair.stop()).toEqual([]);
});
