/**
 * A minute of `npm run fuzz`, with the same judgements: docs/security.md says what they are, and how a finding is repeated.
 *
 * Seen finding: HTTP's own refusals in another form than the catalogue's, and INVALID_PARAMS that named no field.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { methods } from '#protocol/methods.js';
import { startOdnix, type OdnixProcess } from '../support/odnix-process.js';
import { seededRandom } from '../support/random.js';
import { freshDirectory } from '../support/run-directory.js';
import { Fuzz } from './fuzz.js';
import { fuzzed_env } from './memory.js';

const minutes = 1;
const { seed } = seededRandom('fuzz');
let odnix: OdnixProcess;

beforeAll(async () => {
  odnix = await startOdnix(join(freshDirectory(), 'data'), fuzzed_env);
});
afterAll(() => odnix?.stop());

test('inputs by chance find nothing, get past the checks of every method, and two people go on chatting', async () => {
  const { findings, tally, said_by_pair } = await Fuzz.run(odnix, {
    seed,
    from: 0,
    inputs: Infinity,
    minutes,
    say: () => undefined,
  });
  expect(findings.all.map((finding) => findings.line(finding))).toEqual([]);
  const refusedByShape = ['INVALID_PARAMS', 'BUSY', 'UNAVAILABLE', 'RATE_LIMITED'];
  const shallow = Object.keys(methods).filter((method) =>
    [...(tally.get(method)?.keys() ?? [])].every((code) => refusedByShape.includes(code)),
  );
  expect(shallow).toEqual([]);
  expect(said_by_pair).toBeGreaterThan(0);
}, 300_000);
