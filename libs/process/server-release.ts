import { createRequire } from 'node:module';

const { name, version } = createRequire(import.meta.url)('#package.json') as Record<
  'name' | 'version',
  string
>;

/** What runs here, as `session.open` tells it: for people who look for an error, never for decisions of a client. */
export const serverRelease = { name, version } as const;
