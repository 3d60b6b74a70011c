/** `npm run bench -- slow-readers`: whether those who read notice those who do not. */
import { randomUUID } from 'node:crypto';
import type { AccessSigner } from '#edge/access-token.js';
import { accessSigner } from '../../test/support/access-signer.js';
import { LogWriter } from '../../test/support/log-writer.js';
import type { StartedProcess } from '../../test/support/app-process.js';
import { Installation, streamsPerFamily } from '../support/installation.js';
import { Durations } from '../support/percentiles.js';
import { cpuSecondsOf } from '../support/proc.js';
import { Watch, type Usage } from '../support/usage.js';
import { BenchDevice } from './device.js';
import { measureFloor } from './floor.js';
import { period_ms, ticks_per_period, type Phase, type SlowReadersFigures } from './figures.js';
import { slowReadersReport } from './report.js';
import { BenchTimeline, type BenchGroup } from './timeline.js';

/** Of one user each; the sleepers are many devices of few users, so that filling them costs the gateway little. */
const sleeping_users = 10;
const text_chars = 48_000;
/** More than what the kernel takes for a socket, the gateway's share of it, and some. */
const filling_messages = 100;
/** The gateway is through with filling when it takes less than so much of a processor. */
const idle_cpu = 0.1;
const idle_look_ms = 500;
const warm_up_ms = 3_000;
const settle_ms_max = 120_000;

export interface SlowReadersBench {
  /** Of those who read, and as many who do not. */
  readonly devices: number;
  readonly seconds: number;
}

/** Those who read, or those who do not. */
interface Crowd {
  readonly userIds: readonly string[];
  readonly devices: readonly { readonly userId: string; readonly device: BenchDevice }[];
  readonly group: BenchGroup;
}

class Bench {
  private readonly timeline: BenchTimeline;
  private readonly writer: LogWriter;
  private readonly announcedAt = new Map<string, number>();
  private latency = new Durations();

  constructor(
    private readonly installation: Installation,
    private readonly gateway: StartedProcess,
    private readonly access: AccessSigner,
  ) {
    this.timeline = new BenchTimeline(installation.nc);
    this.writer = new LogWriter(installation.nc, streamsPerFamily);
  }

  async crowd(users: number, devicesEach: number): Promise<Crowd> {
    const userIds = Array.from({ length: users }, () => randomUUID());
    const devices = [];
    for (const userId of userIds) devices.push(...(await this.devicesOf(userId, devicesEach)));
    return { userIds, devices, group: await this.timeline.group(userIds) };
  }

  private async devicesOf(userId: string, count: number): Promise<Crowd['devices'][number][]> {
    const ids = Array.from({ length: count }, () => randomUUID());
    await this.writer.signIn(userId, ids[0]!, ids);
    const arrived = () => {
      const announcedAt = this.announcedAt.get(userId);
      if (announcedAt !== undefined) this.latency.add(performance.now() - announcedAt);
    };
    const devices = [];
    for (const device_id of ids) {
      const token = await this.access.sign({ user_id: userId, device_id }, { expiresInS: 3_600 });
      devices.push({ userId, device: await BenchDevice.open(this.gateway.url, token, arrived) });
    }
    return devices;
  }

  async fill({ group }: Crowd): Promise<Usage> {
    const watch = new Watch(this.gateway.pid);
    const text = 'x'.repeat(text_chars);
    for (let count = 0; count < filling_messages; count++) await group.message(text);
    await this.installation.nc.flush();
    await this.idle();
    watch.stop();
    return watch.usage();
  }

  private async idle(): Promise<void> {
    const { pid } = this.gateway;
    for (let used = Infinity; used > (idle_cpu * idle_look_ms) / 1_000;) {
      const before = cpuSecondsOf(pid);
      await new Promise((resolve) => setTimeout(resolve, idle_look_ms));
      used = cpuSecondsOf(pid) - before;
    }
  }

  /** A small update a period for everybody, evenly; the readers' time from announcement to arrival. */
  async phase(readers: Crowd, sleepers: Crowd | null, seconds: number): Promise<Phase> {
    await this.marks(readers, sleepers, warm_up_ms);
    const latency = (this.latency = new Durations());
    const watch = new Watch(this.gateway.pid);
    await this.marks(readers, sleepers, seconds * 1_000);
    watch.stop();
    this.latency = new Durations();
    return { latency, usage: watch.usage() };
  }

  private async marks(readers: Crowd, sleepers: Crowd | null, ms: number): Promise<void> {
    const { userIds } = readers;
    const start = performance.now();
    const tickMs = period_ms / ticks_per_period;
    const size = Math.ceil(userIds.length / ticks_per_period);
    for (let tick = 0; tick * tickMs < ms; tick++) {
      const dueMs = start + tick * tickMs - performance.now();
      if (dueMs > 0) await new Promise((resolve) => setTimeout(resolve, dueMs));
      const part = tick % ticks_per_period;
      const announced = (userId: string) => void this.announcedAt.set(userId, performance.now());
      await readers.group.mark(userIds.slice(part * size, (part + 1) * size), announced);
      if (part === 0) await sleepers?.group.mark(sleepers.userIds);
    }
    await this.installation.nc.flush();
  }

  isComplete({ userId, device }: Crowd['devices'][number]): boolean {
    return device.pts === this.timeline.headOf(userId);
  }
}

export async function benchSlowReaders(
  settings: SlowReadersBench,
  say: (line: string) => void,
): Promise<string> {
  const installation = await Installation.start();
  const crowds: Crowd[] = [];
  try {
    // Who reads a log again is told what was deleted since.
    await installation.startApp('projector');
    await installation.startApp('query-handler');
    const gateway = await installation.startApp('gateway');
    const access = await accessSigner(installation.nc, installation.secrets);
    const figures = await measure(new Bench(installation, gateway, access), settings, crowds, say);
    say('the floor: a bare WebSocket server');
    const floor = await measureFloor(settings.devices, settings.seconds);
    return slowReadersReport({ ...figures, devices: settings.devices, floor });
  } finally {
    for (const { devices } of crowds) for (const { device } of devices) device.end();
    await installation.stop();
  }
}

async function measure(
  bench: Bench,
  { devices, seconds }: SlowReadersBench,
  crowds: Crowd[],
  say: (line: string) => void,
): Promise<Omit<SlowReadersFigures, 'devices' | 'floor'>> {
  const readers = await bench.crowd(devices, 1);
  crowds.push(readers);
  say(`${devices} devices read`);
  const alone = await bench.phase(readers, null, seconds);
  const sleepers = await bench.crowd(sleeping_users, Math.ceil(devices / sleeping_users));
  crowds.push(sleepers);
  for (const { device } of sleepers.devices) device.stall();
  say(`${sleepers.devices.length} devices do not read`);
  const filling = await bench.fill(sleepers);
  say('their sockets are full');
  const beside = await bench.phase(readers, sleepers, seconds);
  for (const { device } of sleepers.devices) device.readOn();
  const isSettled = (one: Crowd['devices'][number]) =>
    one.device.closedWith !== undefined || bench.isComplete(one);
  await until(() => sleepers.devices.every(isSettled), settle_ms_max);
  for (const { device } of [...readers.devices, ...sleepers.devices])
    if (device.hole !== undefined) throw new Error(`a hole: ${device.hole}`);
  const complete = sleepers.devices.filter((one) => bench.isComplete(one)).length;
  const closes = sleepers.devices.flatMap(({ device }) => device.closedWith ?? []);
  const byCode = [...Map.groupBy(closes, String)].map(([code, all]) => [code, all.length]);
  return { alone, filling, beside, afterwards: { complete, closed: Object.fromEntries(byCode) } };
}

async function until(condition: () => boolean, ms_max: number): Promise<void> {
  const giveUpAt = performance.now() + ms_max;
  while (!condition()) {
    if (performance.now() > giveUpAt)
      throw new Error('devices that slept are neither complete nor sent away');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
