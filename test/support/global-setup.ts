/** Starts the shared servers before the first integration spec, and leaves nothing behind after the last. */
import type { TestProject } from 'vitest/node';
import { makeRunDirectory, removeRunDirectory } from './run-directory.js';
import { startServers } from './servers.js';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const runDirectory = makeRunDirectory();
  process.once('exit', () => removeRunDirectory(runDirectory));
  const servers = await startServers(runDirectory);
  project.provide('runDirectory', runDirectory);
  project.provide('natsUrl', servers.natsUrl);
  project.provide('databaseUrl', servers.databaseUrl);
  return async () => {
    await servers.stop();
    removeRunDirectory(runDirectory);
  };
}
