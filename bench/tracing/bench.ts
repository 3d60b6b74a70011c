/** What tracing costs: direct messages as fast as they go through, without tracing, at the default ratio, and of every message, in turn. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { Person } from '../../test/support/person.js';
import { Installation } from '../support/installation.js';
import { cpuSecondsOf } from '../support/proc.js';

export interface TracingBench {
  /** Each of two people in a chat of their own, one of whom writes. */
  readonly pairs: number;
  readonly seconds: number;
  readonly rounds: number;
}

/** Of one writer, not yet answered. */
const in_flight = 8;
const warm_up_s = 2;
/** What processes take when nobody writes is no cost of a send. */
const idle_s = 2;

const modes = {
  off: {},
  'default ratio': { OTEL_EXPORTER_OTLP_ENDPOINT: '' },
  'every message': { OTEL_EXPORTER_OTLP_ENDPOINT: '', OTEL_TRACES_SAMPLER_ARG: '1' },
} satisfies Record<string, Record<string, string>>;
type Mode = keyof typeof modes;
const modeNames = Object.keys(modes) as Mode[];

const behind = ['command-handler', 'timeline', 'projector', 'query-handler', 'api'] as const;

interface Figures {
  readonly sends_per_s: number;
  /** Of all processes together, beyond what they take when nobody writes; the collector is not among them. */
  readonly cpu_us_per_send: number;
}

export async function benchTracing(
  { pairs, seconds, rounds }: TracingBench,
  say: (line: string) => void,
): Promise<string> {
  const [installation, collector] = [await Installation.start(), await startCollector()];
  try {
    const scene = new Scene(installation, collector, pairs);
    const figures: Record<Mode, Figures[]> = { off: [], 'default ratio': [], 'every message': [] };
    for (let round = 0; round < rounds; round++) {
      // Turned round each time, so that what drifts is no one's.
      for (const mode of round % 2 === 0 ? modeNames : modeNames.toReversed()) {
        const measured = await scene.measure(mode, seconds);
        figures[mode].push(measured);
        say(`round ${round + 1}, ${mode}: ${measured.sends_per_s.toFixed(0)} sends/s`);
      }
    }
    return report(figures);
  } finally {
    collector.server.closeAllConnections();
    collector.server.close();
    await installation.stop();
  }
}

class Scene {
  private readonly people: { readonly writer: Person; readonly reader: Person; readonly chatId: string }[] =
    [];

  constructor(
    private readonly installation: Installation,
    private readonly collector: { readonly url: string },
    private readonly pairs: number,
  ) {}

  /** With processes of their own. */
  async measure(mode: Mode, seconds: number): Promise<Figures> {
    const env: Record<string, string> = { SIGN_IN_TRIES_MAX: '100000', ...modes[mode] };
    if ('OTEL_EXPORTER_OTLP_ENDPOINT' in env) env['OTEL_EXPORTER_OTLP_ENDPOINT'] = this.collector.url;
    const starting = (['gateway', ...behind] as const).map((app) => this.installation.startApp(app, env));
    const apps = await Promise.all(starting);
    const [gateway, api] = [apps[0]!, apps.at(-1)!];
    await this.connect(gateway.url, api.url);
    await this.sendFor(warm_up_s);
    const cpu = () => apps.reduce((sum, { pid }) => sum + cpuSecondsOf(pid), 0);
    const during = async <T>(act: () => Promise<T>): Promise<{ did: T; cpu_s: number; passed_s: number }> => {
      const [cpuBefore, startMs] = [cpu(), performance.now()];
      const did = await act();
      return { did, cpu_s: cpu() - cpuBefore, passed_s: (performance.now() - startMs) / 1_000 };
    };
    const idle = await during(() => delay(idle_s * 1_000));
    const { did: sends, cpu_s, passed_s } = await during(() => this.sendFor(seconds));
    const own_cpu_s = cpu_s - (idle.cpu_s / idle.passed_s) * passed_s;
    for (const { writer, reader } of this.people) for (const { client } of [writer, reader]) client.drop();
    await Promise.all(apps.map((app) => app.stop()));
    return { sends_per_s: sends / passed_s, cpu_us_per_send: (own_cpu_s / sends) * 1e6 };
  }

  /** The same people in the same chats each time. */
  private async connect(gateway: string, api: string): Promise<void> {
    for (let index = this.people.length; index < this.pairs; index++) {
      const phone = (which: number) => `+1555020${String(2 * index + which).padStart(4, '0')}`;
      const writer = await (await Person.signIn(api, phone(0))).connect(gateway);
      const reader = await (await Person.signIn(api, phone(1))).connect(gateway);
      const { chat } = await writer.create({ kind: 'direct', member_ids: [reader.userId] });
      this.people.push({ writer, reader, chatId: chat.chat_id });
    }
    // One after the other: what is measured is not how they come back.
    for (const person of this.people.flatMap(({ writer, reader }) => [writer, reader]))
      if (person.client.socket.readyState !== WebSocket.OPEN) await person.connect(gateway);
  }

  /** The sends that were answered. */
  private async sendFor(seconds: number): Promise<number> {
    const untilMs = performance.now() + seconds * 1_000;
    let sends = 0;
    const write = async ({ writer, chatId }: (typeof this.people)[number]): Promise<void> => {
      while (performance.now() < untilMs) {
        await writer.send(chatId, 'hello');
        sends += 1;
      }
    };
    await Promise.all(this.people.flatMap((pair) => Array.from({ length: in_flight }, () => write(pair))));
    return sends;
  }
}

/** Takes whatever it is sent, and costs as little as can be. */
async function startCollector(): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    request
      .resume()
      .once('end', () => response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

function report(figures: Record<Mode, Figures[]>): string {
  const median = (mode: Mode, of: keyof Figures): number => {
    const sorted = figures[mode].map((one) => one[of]).toSorted((a, b) => a - b);
    return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2;
  };
  const beside = (mode: Mode, of: keyof Figures): string =>
    `${(100 * (median(mode, of) / median('off', of) - 1)).toFixed(1)} %`;
  const rows = modeNames.map((mode) => {
    const each = figures[mode].map(({ sends_per_s }) => sends_per_s.toFixed(0)).join(', ');
    const cells = [mode, each, median(mode, 'sends_per_s').toFixed(0), beside(mode, 'sends_per_s')];
    return [...cells, median(mode, 'cpu_us_per_send').toFixed(0), beside(mode, 'cpu_us_per_send')];
  });
  const head = ['tracing', 'sends/s, each round', 'median', 'beside off', 'CPU a send, µs', 'beside off'];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
