/** `npm run bench -- catch-up`: what it costs, measured on this machine. `--help` says with what. */
import { writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { benchAttacks, type AttacksBench } from './attacks/bench.js';
import { benchCatchUp, parts, type CatchUpBench } from './catch-up/bench.js';
import { benchLimits, type LimitsBench } from './limits/bench.js';
import { benchPresence, type PresenceBench } from './presence/bench.js';
import { benchReads, type Part, type ReadsBench } from './reads/bench.js';
import { benchReactions, type ReactionsBench } from './reactions/bench.js';
import { benchRebuild, type RebuildBench } from './rebuild/bench.js';
import { benchRevocation, type RevocationBench } from './revocation/bench.js';
import { benchSlowReaders, type SlowReadersBench } from './slow-readers/bench.js';

const started = Date.now();
const say = (line: string) =>
  console.log(`${((Date.now() - started) / 1_000).toFixed(0).padStart(5)} s  ${line}`);

const program = new Command('bench').description('Measures parts of Odnix, with servers of its own.');
program
  .command('catch-up')
  .description('devices that come back: one far behind, a very long log, many at once')
  .option('--only <parts...>', Object.keys(parts).join(', '))
  .option('--entries <number>', 'of the long log', count, 1_000_000)
  .option('--devices <number>', 'that come back at once', count, 1_000)
  .option('--report <file.md>', 'where the report is written as well')
  .option('--profile <directory>', 'where the apps write CPU profiles')
  .action(({ report, ...settings }: CatchUpBench & Reported) => tell(benchCatchUp(settings, say), report));
program
  .command('slow-readers')
  .description('as many devices that do not read as devices that do')
  .option('--devices <number>', 'of each kind', count, 1_000)
  .option('--seconds <number>', 'that each part is measured', count, 15)
  .option('--report <file.md>', 'where the report is written as well')
  .action(({ report, ...settings }: SlowReadersBench & Reported) =>
    tell(benchSlowReaders(settings, say), report),
  );
program
  .command('rebuild')
  .description('all read models made anew while people write and read, beside a plain COPY of the same rows')
  .option('--messages <number>', 'that the streams hold', count, 200_000)
  .option('--report <file.md>', 'where the report is written as well')
  .action(({ report, ...settings }: RebuildBench & Reported) => tell(benchRebuild(settings, say), report));
program
  .command('reactions')
  .description('all members of a group react at once to one message')
  .option('--people <number>', 'that react', count, 300)
  .option('--report <file.md>', 'where the report is written as well')
  .action(({ report, ...settings }: ReactionsBench & Reported) =>
    tell(benchReactions(settings, say), report),
  );
program
  .command('attacks')
  .description('what a pair that chats notices of floods by others')
  .option('--only <floods...>', 'as "deep catch-ups"')
  .option('--seconds <number>', 'that each flood lasts', count, 15)
  .option('--report <file.md>', 'where the report is written as well')
  .option('--profile <directory>', 'where the apps write CPU profiles')
  .action(({ report, ...settings }: AttacksBench & Reported) => tell(benchAttacks(settings, say), report));
program
  .command('limits')
  .description('sending through a gateway that limits, beside one that does not')
  .option('--devices <number>', 'each of a user of its own', count, 50)
  .option('--seconds <number>', 'of each of four parts', count, 8)
  .option('--report <file.md>', 'where the report is written as well')
  .action(({ report, ...settings }: LimitsBench & Reported) => tell(benchLimits(settings, say), report));
program
  .command('presence')
  .description('a gateway with thousands of users dies, and they come back elsewhere')
  .option('--users <number>', 'at that gateway', count, 10_000)
  .option('--watchers <number>', 'sessions at two others', count, 1_000)
  .option('--watched <number>', 'users whom each of them watches', count, 200)
  .option('--report <file.md>', 'where the report is written as well')
  .action(({ report, ...settings }: PresenceBench & Reported) => tell(benchPresence(settings, say), report));
const reads: Readonly<Record<Part, string>> = {
  snapshot: 'a device without anything: all chats of a person who is in 2,000',
  history: 'pages of a chat of many messages, in both directions and around one',
  search: 'words, in all chats of a person and in one',
};
for (const [part, what] of Object.entries(reads) as [Part, string][]) {
  program
    .command(part)
    .description(what)
    .option('--messages <number>', 'in the read models, put there by COPY', count, 1_000_000)
    .option('--rounds <number>', 'that each is asked', count, 200)
    .option('--report <file.md>', 'where the report is written as well')
    .option('--profile <directory>', 'where the apps write CPU profiles')
    .action(({ report, ...settings }: ReadsBench & Reported) =>
      tell(benchReads(part, settings, say), report),
    );
}
program
  .command('revocation')
  .description(
    'how soon a signed-out device is shut out at every gateway of a cluster, one cut off for a while',
  )
  .option('--accounts <number>', 'of nine devices each that are signed out', count, 20)
  .option('--report <file.md>', 'where the report is written as well')
  .action(({ report, ...settings }: RevocationBench & Reported) =>
    tell(benchRevocation(settings, say), report),
  );
await program.parseAsync();

interface Reported {
  readonly report?: string;
}

async function tell(bench: Promise<string>, report: string | undefined): Promise<void> {
  const load = loadavg()[0]!.toFixed(1);
  const head = `All of it, clients included, on one machine of ${availableParallelism()} cores; load before: ${load}.`;
  const text = `${head}\n\n${await bench}\n`;
  console.log(`\n${text}`);
  if (report !== undefined) writeFileSync(report, text);
}

function count(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('A whole number.');
  return Number(text);
}
