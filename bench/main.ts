/** `npm run bench -- direct`: what it costs, measured on this machine. `--help` says what there is, and each scenario's with what. */
import { Command } from 'commander';
import { benchAttacks, type AttacksBench } from './attacks/bench.js';
import { makeCapacity, type CapacityBench } from './capacity/bench.js';
import { benchCatchUp, parts, type CatchUpBench } from './catch-up/bench.js';
import { benchDirect, type DirectBench } from './direct/bench.js';
import { benchGroup, type GroupBench } from './group/bench.js';
import { benchGuard, type GuardBench } from './guard/bench.js';
import { benchHotChat, type HotChatBench } from './hot-chat/bench.js';
import { benchIdle, type IdleBench } from './idle/bench.js';
import { benchLimits, type LimitsBench } from './limits/bench.js';
import { benchMixed, type MixedBench } from './mixed/bench.js';
import { benchPresence, type PresenceBench } from './presence/bench.js';
import { benchAll, type AllBench } from './report/all.js';
import { runs } from './report/runs.js';
import { benchReads, type Part, type ReadsBench } from './reads/bench.js';
import { benchReactions, type ReactionsBench } from './reactions/bench.js';
import { benchRebuild, type RebuildBench } from './rebuild/bench.js';
import { benchRevocation, type RevocationBench } from './revocation/bench.js';
import { benchScale, type ScaleBench } from './scale/bench.js';
import { benchSoak, type SoakBench } from './soak/bench.js';
import { benchSlowReaders, type SlowReadersBench } from './slow-readers/bench.js';
import { undoAll, undoOnSignals } from './support/clean-up.js';
import {
  count,
  driven,
  durable,
  laidOut,
  reported,
  say,
  told,
  written,
  type Reported,
} from './support/options.js';
import { benchTracing, type TracingBench } from './tracing/bench.js';

undoOnSignals();
const program = new Command('bench')
  .description(
    'Measures Odnix on this machine, with servers of its own. Every scenario prints a report in Markdown and, with --json, ' +
      'writes its figures. Ctrl-C ends it and removes what it made.',
  )
  .configureHelp({ showGlobalOptions: true });

const scenario = (name: string, what: string): Command => reported(program.command(name).description(what));

driven(
  laidOut(scenario('direct', 'pairs who chat: messages a second, CPU a message, time to tick and screen')),
)
  .option('--pairs <number>', 'of people', count, 200)
  .action((settings: DirectBench & Reported) => told(benchDirect(settings, say), settings));
driven(
  laidOut(
    scenario('group', 'groups whose members are all online: deliveries a second, and to the last member'),
  ),
)
  .option('--members <number>', 'of the large group', count, 500)
  .option('--groups <number>', 'as large, busy at the same time, that share members', count, 4)
  .action((settings: GroupBench & Reported) => told(benchGroup(settings, say), settings));
driven(laidOut(scenario('hot-chat', 'everybody writes in one chat at once')))
  .option('--senders <number>', 'all of its members', count, 50)
  .action((settings: HotChatBench & Reported) => told(benchHotChat(settings, say), settings));
laidOut(scenario('idle', 'thousands of connections on which nothing happens: memory and CPU of each'), 'apps')
  .option('--connections <number>', 'each of a user of its own', count, 10_000)
  .option('--gateways <number>', 'that they are spread over', count, 1)
  .option('--seconds <number>', 'in which nothing happens', count, 60)
  .action((settings: IdleBench & Reported) => told(benchIdle(settings, say), settings));
laidOut(scenario('mixed', 'a day in the life, of more and more people, until delivery takes 200 ms'))
  .option('--people <number>', 'connected at first', count, 200)
  .option('--people-max <number>', 'connected at last', count, 8_000)
  .option('--tempo <number>', 'how many people a connection is as lively as', count, 10)
  .option('--seconds <number>', 'of each step', count, 20)
  .action((settings: MixedBench & Reported) => told(benchMixed(settings, say), settings));
laidOut(scenario('soak', 'people come and go for long: memory, what is behind, what is given back'))
  .option('--minutes <number>', 'that it takes', count, 30)
  .option('--people <number>', 'connected', count, 200)
  .option('--tempo <number>', 'how many people a connection is as lively as', count, 20)
  .option('--churn <number>', 'how many times as often as that they lose their connection', count, 3)
  .action((settings: SoakBench & Reported) => told(benchSoak(settings, say), settings));
scenario('catch-up', 'devices that come back: one far behind, a very long log, many at once')
  .option('--only <parts...>', Object.keys(parts).join(', '))
  .option('--entries <number>', 'of the long log', count, 1_000_000)
  .option('--devices <number>', 'that come back at once', count, 1_000)
  .option('--profile <directory>', 'where the apps write CPU profiles')
  .action((settings: CatchUpBench) => written('catch-up', benchCatchUp(settings, say), settings));
scenario('slow-readers', 'as many devices that do not read as devices that do')
  .option('--devices <number>', 'of each kind', count, 1_000)
  .option('--seconds <number>', 'that each part is measured', count, 15)
  .action((settings: SlowReadersBench) => written('slow-readers', benchSlowReaders(settings, say), settings));
scenario(
  'rebuild',
  'all read models made anew while people write and read, beside a plain COPY of the same rows',
)
  .option('--messages <number>', 'that the streams hold', count, 200_000)
  .action((settings: RebuildBench) => written('rebuild', benchRebuild(settings, say), settings));
scenario('reactions', 'all members of a group react at once to one message')
  .option('--people <number>', 'that react', count, 300)
  .action((settings: ReactionsBench) => written('reactions', benchReactions(settings, say), settings));
scenario('attacks', 'what a pair that chats notices of floods by others')
  .option('--only <floods...>', 'as "deep catch-ups"')
  .option('--seconds <number>', 'that each flood lasts', count, 15)
  .option('--profile <directory>', 'where the apps write CPU profiles')
  .action((settings: AttacksBench) => written('attacks', benchAttacks(settings, say), settings));
scenario('limits', 'sending through a gateway that limits, beside one that does not')
  .option('--devices <number>', 'each of a user of its own', count, 50)
  .option('--seconds <number>', 'of each of four parts', count, 8)
  .action((settings: LimitsBench) => written('limits', benchLimits(settings, say), settings));
scenario('presence', 'a gateway with thousands of users dies, and they come back elsewhere')
  .option('--users <number>', 'at that gateway', count, 10_000)
  .option('--watchers <number>', 'sessions at two others', count, 1_000)
  .option('--watched <number>', 'users whom each of them watches', count, 200)
  .action((settings: PresenceBench) => written('presence', benchPresence(settings, say), settings));
const reads: Readonly<Record<Part, string>> = {
  snapshot: 'a device without anything: all chats of a person who is in 2,000',
  history: 'pages of a chat of many messages, in both directions and around one',
  search: 'words, in all chats of a person and in one',
};
for (const [part, what] of Object.entries(reads) as [Part, string][]) {
  scenario(part, what)
    .option('--messages <number>', 'in the read models, put there by COPY', count, 1_000_000)
    .option('--rounds <number>', 'that each is asked', count, 200)
    .option('--profile <directory>', 'where the apps write CPU profiles')
    .action((settings: ReadsBench) => written(part, benchReads(part, settings, say), settings));
}
scenario('revocation', 'how soon a signed-out device is shut out everywhere, one gateway cut off for a while')
  .option('--accounts <number>', 'of nine devices each that are signed out', count, 20)
  .action((settings: RevocationBench) => written('revocation', benchRevocation(settings, say), settings));
scenario('tracing', 'direct messages without tracing, at its default ratio, and all of them traced, in turn')
  .option('--pairs <number>', 'of people, one of whom writes', count, 8)
  .option('--seconds <number>', 'that each part is measured', count, 10)
  .option('--rounds <number>', 'of the three', count, 4)
  .action((settings: TracingBench) => written('tracing', benchTracing(settings, say), settings));
driven(durable(scenario('scale', 'pairs who chat, with more streams and more processes of each kind')))
  .option('--pairs <number>', 'of people', count, 200)
  .action((settings: ScaleBench & Reported) => told(benchScale(settings, say), settings));
scenario('guard', 'a short run against the committed ratios (bench/baseline.json); by hand, before a release')
  .option('--seconds <number>', 'of each part', count, 4)
  .option('--write', 'what was measured is the baseline from now on')
  .action((settings: GuardBench & Reported) => told(benchGuard(settings, say), settings));
program
  .command('all')
  .description('every scenario, and docs/performance.md of what they found')
  .option('--only <runs...>', runs.map(({ name }) => name).join(', '))
  .option('--results <directory>', 'where the figures of each are kept', 'bench/results')
  .option('--docs <directory>', 'where the report is written', 'docs')
  .option('--go-on', 'leave out what stands in the results already')
  .option('--report-only', 'run nothing: make the report of the results')
  .option('--quick', 'tiny loads, to see whether everything runs; of no worth as figures')
  .action((settings: AllBench) => benchAll(settings, say));
program
  .command('capacity')
  .description('docs/capacity.md, from the results of direct-apps, group-apps and idle-10000 of all')
  .option('--results <directory>', 'where the figures are', 'bench/results')
  .option('--docs <directory>', 'where the page is written', 'docs')
  .action((settings: CapacityBench) => say(makeCapacity(settings)));
try {
  await program.parseAsync();
} finally {
  await undoAll();
}
