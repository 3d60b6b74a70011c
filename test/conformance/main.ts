/** `npm run conformance`: the protocol, tried from outside against any server. Exit code 0: it is there; 1: it is not. */
import { randomInt } from 'node:crypto';
import { Command, InvalidArgumentError } from 'commander';
import { checks } from './registry.js';
import { reportOf } from './report.js';
import { runChecks } from './run.js';

const program = new Command('conformance')
  .description(
    'Tries from outside, by the public protocol alone, whether a server speaks it: over WebSocket in JSON and MessagePack, POST /v1/rpc,\n' +
      'event streams and long polls. It signs in people of its own by random numbers of no country (+999), so the server must tell the code\n' +
      '(CODE_SENDER=development), and signs them out in the end; the chats that they made stay. Some hundred requests, no load.',
  )
  .option('--url <url>', 'of the server', 'http://127.0.0.1:3000')
  .option(
    '--seed <number>',
    'of the order in which they are tried; without it by chance',
    count,
    randomInt(2 ** 31),
  )
  .option('--only <text>', 'only checks whose name holds it, as "messages.send" or "token"')
  .option('--list', 'names the checks, and tries nothing')
  .addHelpText(
    'after',
    '\nExit code 0: every check holds. 1: some do not, and are named. 2: nothing could be tried.\ndocs/conformance.md lists the checks.',
  )
  .parse();
const { url, seed, only, list } = program.opts<{ url: string; seed: number; only?: string; list?: true }>();

const chosen = checks.filter(({ name }) => only === undefined || name.includes(only));
if (chosen.length === 0)
  program.error(`error: no check has "${only}" in its name; --list names them`, { exitCode: 2 });
if (list) {
  for (const { section, name, says } of chosen) console.log(`${section}  ${name}\n     ${says}`);
  process.exit();
}

console.log(`${chosen.length} checks against ${url}, seed ${seed}`);
const isTerminal = process.stderr.isTTY;
try {
  const outcomes = await runChecks(chosen, {
    url: url.replace(/\/+$/, ''),
    seed,
    onOutcome: ({ check, wrong }, done) => {
      if (wrong !== null) console.log(`${isTerminal ? '\r\u001b[K' : ''}FAIL  ${check.name}`);
      if (isTerminal) process.stderr.write(`\r\u001b[K${done} of ${chosen.length}`);
    },
  });
  if (isTerminal) process.stderr.write('\r\u001b[K');
  const { text, holds } = reportOf(outcomes);
  console.log(text);
  process.exitCode = holds ? 0 : 1;
} catch (error) {
  console.error(`Nothing could be tried: ${reasonOf(error)}`);
  process.exitCode = 2;
}

function count(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('A whole number.');
  return Number(text);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error
    ? `${error.message}: ${cause.message || (cause as NodeJS.ErrnoException).code}`
    : error.message;
}
