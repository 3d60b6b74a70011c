/** Inputs of one seed against one running installation, and what was found. */
import { linesBesideWaiting } from '../support/busy-machine.js';
import type { OdnixProcess } from '../support/odnix-process.js';
import { WellBehavedPair } from '../support/well-behaved-pair.js';
import { Findings } from './findings.js';
import { FuzzHttp } from './fuzz-http.js';
import { FuzzSocket } from './fuzz-socket.js';
import { makeInput, randomOfInput, sizeOf } from './generate/inputs.js';
import { memoryOf, type Memory } from './memory.js';
import { Strangers } from './strangers.js';

const sockets_count = 6;
/** Inputs of one socket that are under way at once. */
const in_flight = 8;
const samples_count = 24;
const look_ms = 250;

export interface FuzzOptions {
  readonly seed: number;
  /** The number of the first. */
  readonly from: number;
  readonly inputs: number;
  /** Ends then, however few they were. */
  readonly minutes?: number;
  readonly say: (line: string) => void;
}

/** Method → what became of it → how often. */
export type Tally = ReadonlyMap<string, ReadonlyMap<string, number>>;

export interface Fuzzed {
  readonly findings: Findings;
  readonly inputs: number;
  readonly tally: Tally;
  readonly memory: readonly Memory[];
  readonly said_by_pair: number;
}

export class Fuzz {
  private readonly findings: Findings;
  private readonly tally = new Map<string, Map<string, number>>();
  private readonly memory: Memory[] = [];
  private readonly begun_ms = Date.now();
  private next: number;
  private sent = 0;
  private requestId = 1;

  private constructor(
    private readonly odnix: OdnixProcess,
    private readonly options: FuzzOptions,
    private readonly pair: WellBehavedPair,
    private readonly strangers: Strangers,
    private readonly secretWords: string,
  ) {
    this.findings = new Findings(options.seed, options.say);
    this.next = options.from;
  }

  static async run(odnix: OdnixProcess, options: FuzzOptions): Promise<Fuzzed> {
    const words = `between us alone ${options.seed.toString(36)}`;
    const pair = await WellBehavedPair.meet(odnix.url, { phones: ['+15550001', '+15550002'], words });
    const strangers = await Strangers.of(odnix.url, pair);
    return new Fuzz(odnix, options, pair, strangers, words).run();
  }

  private async run(): Promise<Fuzzed> {
    this.memory.push(await memoryOf(this.odnix));
    const lanes = Promise.all(Array.from({ length: sockets_count }, (_, number) => this.lane(number)));
    await Promise.all([lanes, this.watch()]);
    this.memory.push(await memoryOf(this.odnix));
    const found = (what: string) => this.findings.add(what, this.next, null);
    for (const trouble of await this.pair.stop()) found(`the pair: ${trouble}`);
    this.pair.close();
    for (const line of loggedErrors(this.odnix.output())) found(`logged: ${line}`);
    const { findings, memory, pair, sent, tally } = this;
    return { findings, inputs: sent, tally, memory, said_by_pair: pair.count };
  }

  /** Of all that is to be done; 1: it is over. */
  private get part(): number {
    const { inputs, minutes = Infinity } = this.options;
    return Math.min(1, Math.max(this.sent / inputs, (Date.now() - this.begun_ms) / (minutes * 60_000)));
  }

  private async lane(number: number): Promise<void> {
    const encoding = number % 3 === 2 ? 'msgpack' : 'json';
    const { odnix, secretWords, strangers } = this;
    const { known } = strangers;
    let current = this.options.from;
    const report = {
      url: odnix.url,
      known,
      secretWords,
      found: (what: string, sent: unknown) => this.findings.add(what, current, sent),
      tally: (method: string, code: string) => this.count(method, code),
    };
    const socket = new FuzzSocket({ ...report, encoding, signIn: () => strangers.newToken() });
    const http = new FuzzHttp(report);
    const one = async (): Promise<void> => {
      while (this.part < 1) {
        current = this.next++;
        const chance = randomOfInput(this.options.seed, current);
        const input = makeInput(chance, encoding, known, () => this.requestId++);
        this.sent += sizeOf(input);
        await (input.kind === 'http' ? http.send(chance) : socket.send(input));
      }
    };
    await Promise.all(Array.from({ length: Math.min(in_flight, this.options.inputs) }, one));
    await socket.end();
  }

  private count(method: string, code: string): void {
    const codes = this.tally.get(method) ?? new Map<string, number>();
    this.tally.set(method, codes.set(code, (codes.get(code) ?? 0) + 1));
  }

  private async watch(): Promise<void> {
    for (let sample = 1; this.part < 1;) {
      await new Promise((resolve) => setTimeout(resolve, look_ms));
      if (this.part < sample / samples_count) continue;
      sample = Math.floor(this.part * samples_count) + 1;
      const held = await memoryOf(this.odnix);
      this.memory.push(held);
      const rate = Math.round(this.sent / ((Date.now() - this.begun_ms) / 1_000));
      this.options.say(
        `${Math.round(this.part * 100)} %: ${this.sent} inputs (${rate}/s), heap ${held.heap_mb} MB, resident ${held.resident_mb} MB, ` +
          `the pair said ${this.pair.count} things, findings: ${this.findings.all.length}`,
      );
    }
  }
}

/** Nothing that a stranger sends is worth an error in the log. */
const loggedErrors = (output: string): readonly string[] =>
  linesBesideWaiting(output)
    .filter((line) => /\b(ERROR|FATAL)\b|unhandled|Warning:/i.test(line))
    .map((line) => line.replace(/^.*?(ERROR|FATAL)/, '$1').slice(0, 300));
