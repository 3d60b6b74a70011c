/** What is put between a system's parts so that faults can be made there: links to NATS, clocks, disks. Nothing of it in them. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { linkTo, type NatsLink } from '../../support/nats-link.js';
import { mountSmallDisk, type SmallDisk } from '../../support/small-disk.js';
import { postgresIdentity } from '../../../apps/odnix/embedded/postgres-account.js';
import { setClock } from '../faults/clock-faults.js';
import { fillDisk } from '../faults/disk-faults.js';
import { appsOf, type Fault, type Processes } from '../faults/fault.js';
import { killLeaders } from '../faults/leader-faults.js';
import { linkFaults } from '../faults/link-faults.js';
import { hang, killEverything, postgresDown, takenInTurn } from '../faults/process-faults.js';
import type { LayoutOptions } from './layout.js';

const shiftedClock = pathToFileURL(join(import.meta.dirname, '../../support/shifted-clock.mjs')).href;
/** More than an hour's run writes; it takes memory only as far as it is used. */
const disk_bytes_max = 3 * 1024 ** 3;

export interface InstrumentsOptions extends Pick<LayoutOptions, 'say' | 'chance'> {
  readonly dataDir: string;
}

export class Instruments {
  private readonly links = new Map<string, NatsLink[]>();
  private readonly clocks = new Map<string, string>();
  private readonly disks = new Map<string, SmallDisk>();
  private hangs: Fault[] = [];

  constructor(private readonly options: InstrumentsOptions) {}

  /** Before its server is started for the first time. Where mounting is refused it has none, and that is said. */
  giveDisk(server: string): void {
    const directory = join(this.options.dataDir, server === 'postgres' ? server : `${server}/store`);
    const owner = server === 'postgres' ? postgresIdentity() : undefined;
    const refused = (why: string) => this.options.say(`LEFT OUT: no full disk for ${server}: ${why}`);
    const disk = mountSmallDisk(directory, { bytes_max: disk_bytes_max, ...(owner && { owner }) }, refused);
    if (disk) this.disks.set(server, disk);
  }

  /** Of an app's process, so that it goes by its links and by its clock. */
  readonly environmentOf = async (name: string, env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> => {
    const urls = env['NATS_URL']!.split(',').map((url) => new URL(url));
    const links = await Promise.all(urls.map((url) => linkTo(url.href)));
    this.links.set(name, links);
    const clock = join(this.options.dataDir, `clock-of-${name}`);
    this.clocks.set(name, clock);
    const linked = urls.map((url, index) =>
      Object.assign(new URL(url), { host: new URL(links[index]!.url).host }),
    );
    return {
      ...env,
      // All load comes from one address.
      LIMITS_SCALE: '1000',
      NATS_URL: linked.map(({ href }) => href).join(','),
      NODE_OPTIONS: `--import=${shiftedClock}`,
      TEST_CLOCK_FILE: clock,
      // Everybody comes from one address.
      SIGN_IN_TRIES_MAX: '100000',
    };
  };

  /** Everything that can be done here. */
  faults(
    processes: Processes,
    natsUrl: string,
    { postgres_down_ms }: Pick<LayoutOptions, 'postgres_down_ms'>,
  ): Fault[] {
    const { chance } = this.options;
    const apps = appsOf(processes);
    const servers = processes.names.filter((name) => !apps.includes(name));
    const isCluster = servers.length > 2;
    this.hangs = processes.names.map((name) => hang(processes, name));
    return [
      ...takenInTurn(processes, apps),
      ...(isCluster ? killLeaders(processes, natsUrl, chance) : []),
      postgresDown(processes, postgres_down_ms),
      ...takenInTurn(processes, servers).filter(({ name }) => name !== 'stop postgres'),
      killEverything(processes),
      ...this.hangs,
      ...[...this.links].flatMap(([name, links]) => linkFaults(name, links, chance)),
      ...[...this.clocks].map(([name, file]) => setClock(name, file, chance)),
      ...[...this.disks].map(([name, disk]) => fillDisk(processes, name, disk)),
    ];
  }

  /** Nothing is held up or stands still any more: whatever is to be stopped now hears of it. */
  async letGo(): Promise<void> {
    await Promise.all(this.hangs.map((fault) => fault.end()));
    for (const disk of this.disks.values()) disk.free();
  }

  /** Once the processes are gone. */
  async close(): Promise<void> {
    await Promise.all([...this.links.values()].flat().map((link) => link.close()));
    for (const disk of this.disks.values()) disk.unmount();
  }
}
