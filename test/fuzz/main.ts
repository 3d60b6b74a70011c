/** `npm run fuzz`: inputs by chance against a server of its own. `--help` says with what. Exit code 1: something was found. */
import { randomInt } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { startOdnix } from '../support/odnix-process.js';
import { Fuzz } from './fuzz.js';
import { fuzzed_env } from './memory.js';
import { reportOf } from './report.js';

const said_chars_max = 20_000;
const inputs_default = 1_000_000;
const started = Date.now();
const say = (line: string) =>
  console.log(`${((Date.now() - started) / 1_000).toFixed(0).padStart(5)} s  ${line}`);

function count(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('A whole number.');
  return Number(text);
}

const program = new Command('fuzz')
  .description(
    'Sends to a server of its own what no client should: requests, frames, bytes, by chance and from a seed, while two people chat.\n' +
      'Every answer must be of the catalogue, nothing may be logged as an error, and the two may notice nothing.',
  )
  .option('--seed <number>', 'of all inputs; without it by chance', count, randomInt(2 ** 31))
  .option('--inputs <number>', 'how many; a batch is as many as the requests in it', count, inputs_default)
  .option('--minutes <number>', 'ends after that time, however few they were', count)
  .option('--only <number>', 'the input of that number alone, as a finding names it', count)
  .parse();
const { seed, inputs, minutes, only } = program.opts<{
  seed: number;
  inputs: number;
  minutes?: number;
  only?: number;
}>();

const range = only === undefined ? { from: 0, inputs } : { from: only, inputs: 1 };

const directory = mkdtempSync(join(tmpdir(), 'odnix-fuzz-'));
// When this runs as root, PostgreSQL's own user must get through.
chmodSync(directory, 0o711);
say(`Seed ${seed}; the server's files are in ${directory}.`);
const odnix = await startOdnix(join(directory, 'data'), fuzzed_env);
const stop = async (): Promise<void> => {
  await odnix.stop();
  rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
};
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void stop().then(() => process.exit(1)));
try {
  const fuzzed = await Fuzz.run(odnix, {
    ...range,
    seed,
    say,
    ...(minutes === undefined ? {} : { minutes }),
  });
  const { text, isClean } = reportOf(seed, fuzzed);
  console.log(`\n${text}`);
  process.exitCode = isClean ? 0 : 1;
  if (!isClean) console.log(`The server said:\n${odnix.output().slice(-said_chars_max)}`);
} finally {
  await stop();
}
process.exit();
