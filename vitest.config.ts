import { defineConfig } from 'vitest/config';
import LongestFirst from './test/support/longest-first.js';
import { findProgram } from './tools/observability/programs.js';

const shared = {
  resolve: { conditions: ['odnix-source'] },
  ssr: { resolve: { conditions: ['odnix-source'] } },
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
};

/** Of specs that run servers and processes, several files at once: they mostly wait. */
const patient = {
  // On a machine that does other things too; nothing waits for them to pass.
  testTimeout: 120_000,
  hookTimeout: 300_000,
  expect: { poll: { timeout: 60_000 } },
};

/** Real servers, in the background of those that need them. */
const onServers = { ...patient, globalSetup: ['./test/support/global-setup.ts'] };

/** What each takes from two cores leaves room for two others: for a lease to expire, an election, a time-out is waited for. */
const beside = { maxWorkers: 3, sequence: { groupOrder: 0 } };

/** What keeps a core busy, or minds when it is kept waiting: two files at once. */
const demanding = { maxWorkers: 2, sequence: { groupOrder: 1 } };

/** Specs that start and stop many processes, and mostly wait for them. */
const manyProcesses = 'test/{erasure,observability,processes,starting}/**/*.int.spec.ts';

/** Specs that need Jaeger or Prometheus, where those are not on this machine: the closing line of a run tells of it. */
const untried = (['jaeger', 'prometheus'] as const)
  .filter((program) => findProgram(program) === undefined)
  .map((program) => `test/observability/${program}*.int.spec.ts`);

/** Specs that break what they run on, or give it all the work it can do. */
const breaking = 'test/{attacks,faults,fuzz}/**/*.int.spec.ts';

/** The same specs, on the whole system as it may be laid out. */
const endToEnd = (layout: 'single' | 'cluster', include: string[]) => ({
  ...shared,
  test: {
    ...patient,
    ...demanding,
    name: `e2e:${layout}`,
    include,
    globalSetup: ['./test/support/layout-setup.ts'],
    provide: { layout },
    testTimeout: 180_000,
  },
});

// Unit specs stand beside the code and need nothing; integration and end-to-end tests stand in test/ and
// beside the infrastructure they exercise (*.int.spec.ts), against real NATS and Postgres.
export default defineConfig({
  ...shared,
  test: {
    reporters: ['default', './test/support/closing-line.ts'],
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        ...shared,
        test: {
          ...beside,
          name: 'unit',
          include: [
            '{apps,bench,libs,streams,db,observability}/**/*.spec.ts',
            'test/{compat,conflicts,drill,house,simulation,support}/**/*.spec.ts',
          ],
          exclude: ['**/*.int.spec.ts'],
          // Properties over thousands of histories, on a machine that does other things too.
          testTimeout: 60_000,
        },
      },
      {
        ...shared,
        test: {
          ...onServers,
          ...beside,
          name: 'integration',
          include: ['{apps,libs,db,observability,test}/**/*.int.spec.ts'],
          exclude: ['test/{conformance,e2e}/**', manyProcesses, breaking],
        },
      },
      {
        ...shared,
        test: {
          ...onServers,
          ...beside,
          name: 'processes',
          include: [manyProcesses],
          exclude: untried,
        },
      },
      {
        ...shared,
        test: {
          ...onServers,
          ...demanding,
          name: 'faults',
          include: [breaking],
        },
      },
      {
        ...shared,
        test: {
          ...onServers,
          ...beside,
          name: 'streams',
          include: ['streams/**/*.int.spec.ts'],
        },
      },
      // The protocol is the same however it is laid out; `npm run conformance` tries it against any server.
      endToEnd('single', ['test/{conformance,e2e}/**/*.int.spec.ts']),
      // What the programs of clients show, and the examples of the docs, cannot depend on it either.
      endToEnd('cluster', ['test/e2e/{browser,convergence,messenger,outages,transports}.int.spec.ts']),
    ],
  },
});
