import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { freshDirectory } from '../../test/support/run-directory.js';
import { Child } from './embedded/child-process.js';
import { findNatsBinary } from './embedded/nats-binary.js';
import { natsDurabilityWarning } from './nats-durability.js';

const children: Child[] = [];

afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => child.stop()));
});

/** A server as somebody else would run it: with monitoring, and with whatever they set for JetStream. */
async function startMonitored(jetstream: string): Promise<{ url: string; monitoringPort: number }> {
  const directory = freshDirectory();
  const config = join(directory, 'nats.conf');
  const store = JSON.stringify(join(directory, 'store'));
  writeFileSync(
    config,
    `listen: "127.0.0.1:-1"\nhttp: "127.0.0.1:-1"\njetstream { store_dir: ${store} ${jetstream} }\n` +
      `ports_file_dir: ${JSON.stringify(directory)}\n`,
  );
  const child = await Child.start({
    program: await findNatsBinary(),
    args: ['-c', config],
    directory,
    logFile: join(directory, 'nats.log'),
    stopSignal: 'SIGTERM',
    hardStopSignal: 'SIGKILL',
  });
  children.push(child);
  const log = () => readFileSync(join(directory, 'nats.log'), 'utf8');
  await expect.poll(log, { timeout: 60_000 }).toContain('Server is ready');
  await expect.poll(() => readdirSync(directory)).toContain(`nats-server_${child.pid}.ports`);
  const text = readFileSync(join(directory, `nats-server_${child.pid}.ports`), 'utf8');
  const ports = JSON.parse(text) as { nats: [string]; monitoring: [string] };
  return { url: ports.nats[0], monitoringPort: Number(new URL(ports.monitoring[0]).port) };
}

it('says nothing of a server that fsyncs before it acknowledges', async () => {
  const { url, monitoringPort } = await startMonitored(', sync_interval: always');
  expect(await natsDurabilityWarning(url, monitoringPort)).toBeUndefined();
});

it.each(['', ', sync_interval: "10s"'])('names one that does not (%s)', async (jetstream) => {
  const { url, monitoringPort } = await startMonitored(jetstream);
  expect(await natsDurabilityWarning(url, monitoringPort)).toContain('before they are on its disk');
});

it('does not take another server that answers on the port for the one in use', async () => {
  const [used, other] = await Promise.all([startMonitored(''), startMonitored(', sync_interval: always')]);
  expect(await natsDurabilityWarning(used.url, other.monitoringPort)).toContain('cannot be learned');
});
