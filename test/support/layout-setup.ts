/** Runs the layout of an end-to-end project for its specs, from the first that asks for it to the end of the run. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { freePort } from '../../apps/odnix/embedded/free-ports.js';
import type { LayoutAction, LayoutVisit } from './layout.js';
import { LayoutVisits } from './layout-visits.js';
import { startOdnix, type OdnixProcess } from './odnix-process.js';
import { freshDirectory, makeRunDirectory, removeRunDirectory } from './run-directory.js';

const programs = { single: 'odnix/main.js', cluster: 'odnix/cluster/main.js' };

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const runDirectory = makeRunDirectory();
  process.once('exit', () => removeRunDirectory(runDirectory));
  const layout = await controlled(programs[project.config.provide.layout!], freshDirectory(runDirectory));
  const visits = new LayoutVisits();
  const receive = async (how: LayoutVisit, response: ServerResponse): Promise<void> => {
    const over = new Promise((resolve) => response.once('close', resolve));
    await visits.begin(how === 'have-alone', over);
    await layout.start();
    response.write(layout.url);
  };
  const control = createServer((request, response) => {
    const asked = request.url!.slice(1) as LayoutAction | LayoutVisit;
    const isVisit = asked === 'share' || asked === 'have-alone';
    const done = isVisit ? receive(asked, response) : layout[asked]().then(() => void response.end());
    done.catch((error: Error) => response.writeHead(500).end(error.message));
  });
  await once(control.listen(0, '127.0.0.1'), 'listening');
  project.provide('runDirectory', runDirectory);
  project.provide('layoutControl', `http://127.0.0.1:${(control.address() as AddressInfo).port}`);
  return async () => {
    control.close();
    control.closeAllConnections();
    await layout.stop();
    removeRunDirectory(runDirectory);
  };
}

async function controlled(program: string, dataDir: string) {
  const port = await freePort();
  // Everybody in the specs comes from one address.
  const env = { PORT: String(port), WS_COMPRESSION: 'on', SIGN_IN_TRIES_MAX: '100000' };
  let running: Promise<OdnixProcess> | undefined;
  const begin = (): Promise<OdnixProcess> =>
    startOdnix(dataDir, env, program).catch((error: unknown) => {
      running = undefined;
      throw error;
    });
  const end = async (how: (process: OdnixProcess) => Promise<unknown>): Promise<void> => {
    const ended = await running;
    running = undefined;
    if (ended) await how(ended);
  };
  return {
    url: `http://127.0.0.1:${port}`,
    start: async () => void (await (running ??= begin())),
    stop: () => end((process) => process.stop()),
    kill: () => end((process) => process.kill('tree')),
  };
}
