/** Runs the layout of an end-to-end project for its specs, from the first that asks for it to the end of the run. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { freePort } from '../../apps/odnix/embedded/free-ports.js';
import type { LayoutAction } from './layout.js';
import { startOdnix, type OdnixProcess } from './odnix-process.js';
import { freshDirectory, makeRunDirectory, removeRunDirectory } from './run-directory.js';

const programs = { single: 'odnix/main.js', cluster: 'odnix/cluster/main.js' };

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const runDirectory = makeRunDirectory();
  process.once('exit', () => removeRunDirectory(runDirectory));
  const layout = await controlled(programs[project.config.provide.layout!], freshDirectory(runDirectory));
  const control = createServer((request, response) => {
    const action = request.url!.slice(1) as LayoutAction;
    layout[action]().then(
      () => response.end(layout.url),
      (error: Error) => response.writeHead(500).end(error.message),
    );
  });
  await once(control.listen(0, '127.0.0.1'), 'listening');
  project.provide('runDirectory', runDirectory);
  project.provide('layoutControl', `http://127.0.0.1:${(control.address() as AddressInfo).port}`);
  return async () => {
    control.close();
    await layout.stop();
    removeRunDirectory(runDirectory);
  };
}

async function controlled(program: string, dataDir: string) {
  const port = await freePort();
  // Everybody in the specs comes from one address.
  const env = { PORT: String(port), WS_COMPRESSION: 'on', SIGN_IN_TRIES_MAX: '100000' };
  let running: OdnixProcess | undefined;
  const end = async (how: (process: OdnixProcess) => Promise<unknown>): Promise<void> => {
    const ended = running;
    running = undefined;
    if (ended) await how(ended);
  };
  return {
    url: `http://127.0.0.1:${port}`,
    start: async () => void (running ??= await startOdnix(dataDir, env, program)),
    stop: () => end((process) => process.stop()),
    kill: () => end((process) => process.kill('tree')),
  };
}
