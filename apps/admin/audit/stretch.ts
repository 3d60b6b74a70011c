/** The part of the streams that an audit reads: up to where they ended when it began, and within the times that were asked for. */
import type { NatsConnection } from '@nats-io/nats-core';
import { streamStandings } from '#streams/stream-standing.js';
import { OperationRefused } from '../operation.js';
import { sequenceAt } from '../replay/until.js';
import type { Audited } from './audited.js';

export interface Times {
  /** By the store's own time of writing; both inclusive. */
  readonly from_ms: number;
  readonly to_ms: number;
}

export class Stretch {
  /** Of the streams that were read. */
  readonly read = new Map<string, number>();
  private readonly starts = new Map<string, Promise<number>>();

  private constructor(
    private readonly nats: NatsConnection,
    private readonly ends: ReadonlyMap<string, number>,
    readonly times: Times,
  ) {}

  static async open(nats: NatsConnection, times: Times): Promise<Stretch> {
    const standings = await streamStandings(nats);
    const ends = [...standings].map(([name, { lastSequence }]) => [name, lastSequence] as const);
    return new Stretch(nats, new Map(ends), times);
  }

  /** Inclusive. */
  endOf(stream: string): number {
    const end = this.ends.get(stream);
    if (end === undefined)
      throw new OperationRefused(`${stream} is not there: npm run admin -- setup makes what is missing`);
    this.read.set(stream, end);
    return end;
  }

  /** From where on everything was written at that moment or later. */
  startOf(stream: string, atMs = this.times.from_ms): Promise<number> {
    const key = `${stream} ${atMs}`;
    const start = this.starts.get(key) ?? this.find(stream, atMs);
    this.starts.set(key, start);
    return start;
  }

  private async find(stream: string, atMs: number): Promise<number> {
    const end = this.endOf(stream);
    return atMs <= 0 ? 1 : (await sequenceAt(this.nats, stream, end, atMs - 1)) + 1;
  }

  holds({ fact }: Audited): boolean {
    return fact.stored_at_ms >= this.times.from_ms && fact.stored_at_ms <= this.times.to_ms;
  }
}
