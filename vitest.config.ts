import { defineConfig } from 'vitest/config';

const shared = {
  resolve: { conditions: ['odnix-source'] },
  ssr: { resolve: { conditions: ['odnix-source'] } },
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
};

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
            'test/{compat,house,simulation}/**/*.spec.ts',
          ],
          exclude: ['**/*.int.spec.ts'],
        },
      },
      {
        ...shared,
        test: {
          name: 'integration',
          include: ['{apps,libs,streams,db,observability,test}/**/*.int.spec.ts'],
          globalSetup: ['./test/support/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          // How long a condition may take on a busy machine; nothing waits for it to pass.
          expect: { poll: { timeout: 20_000 } },
          fileParallelism: false,
        },
      },
    ],
  },
});
