import { defineConfig } from 'vitest/config';

const shared = {
  resolve: { conditions: ['odnix-source'] },
  ssr: { resolve: { conditions: ['odnix-source'] } },
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
};

/** Of specs that run servers and processes, one file after the other. */
const patient = {
  testTimeout: 60_000,
  hookTimeout: 120_000,
  // How long a condition may take on a busy machine; nothing waits for it to pass.
  expect: { poll: { timeout: 20_000 } },
  fileParallelism: false,
};

/** Real servers, in the background of those that need them. */
const onServers = { ...patient, globalSetup: ['./test/support/global-setup.ts'] };

/** Specs that start and stop many processes, and mostly wait for them. */
const manyProcesses = 'test/{erasure,processes,starting}/**/*.int.spec.ts';

/** Specs that break what they run on, or give it all the work it can do: one after the other, each takes the machine. */
const breaking = 'test/{attacks,faults,fuzz}/**/*.int.spec.ts';

/** The same specs, on the whole system as it may be laid out; one after the other, since each takes the machine. */
const endToEnd = (layout: 'single' | 'cluster', groupOrder: number) => ({
  ...shared,
  test: {
    ...patient,
    name: `e2e:${layout}`,
    // The protocol is the same however it is laid out; `npm run conformance` tries it against any server.
    include: [
      'test/e2e/**/*.int.spec.ts',
      ...(layout === 'single' ? ['test/conformance/*.int.spec.ts'] : []),
    ],
    globalSetup: ['./test/support/layout-setup.ts'],
    provide: { layout },
    sequence: { groupOrder },
    testTimeout: 180_000,
  },
});

// Unit specs stand beside the code and need nothing; integration and end-to-end tests stand in test/ and
// beside the infrastructure they exercise (*.int.spec.ts), against real NATS and Postgres.
export default defineConfig({
  ...shared,
  test: {
    reporters: ['default', './test/support/closing-line.ts'],
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          include: [
            '{apps,libs,streams,db,observability}/**/*.spec.ts',
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
          name: 'integration',
          include: ['{apps,libs,db,observability,test}/**/*.int.spec.ts'],
          exclude: ['test/{conformance,e2e}/**', manyProcesses, breaking],
          // Each file has a database and a NATS of its own, and mostly waits.
          fileParallelism: true,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        ...shared,
        test: {
          ...onServers,
          name: 'processes',
          include: [manyProcesses],
          fileParallelism: true,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        ...shared,
        test: {
          ...onServers,
          name: 'faults',
          include: [breaking],
          sequence: { groupOrder: 3 },
        },
      },
      {
        ...shared,
        test: {
          ...onServers,
          name: 'streams',
          include: ['streams/**/*.int.spec.ts'],
          // Each file has servers of its own and mostly waits: for a lease to expire, an election, a time-out.
          fileParallelism: true,
          maxWorkers: 3,
          sequence: { groupOrder: 6 },
        },
      },
      endToEnd('single', 4),
      endToEnd('cluster', 5),
    ],
  },
});
