import type { Decision } from '#domain/kernel/decision.js';
import { sampledSpanOf, type SpanContext } from '#observability/trace.js';
import { renderUpdate, type RenderedEvent, type UserLogEntry } from '#domain/user-log/index.js';

/**
 * A message of a source stream while its entries are written and announced. What its updates look like is encoded once
 * for all recipients in all USER streams; only entries with values of their own are encoded one by one.
 */
export class SourceMessage {
  private readonly shared = new Map<string, string>();
  readonly readMs = performance.now();

  constructor(
    readonly stream: string,
    readonly sequence: number,
    readonly decision: Decision,
  ) {}

  /** That decided it, if its trace is sampled. */
  get span(): SpanContext | undefined {
    return sampledSpanOf(this.decision.meta.traceparent);
  }

  get family(): string {
    return this.stream.replace(/_\d+$/, '');
  }

  /** The entry's update as JSON text. */
  updateText(entry: UserLogEntry): string {
    if (entry.values !== undefined) return this.render(entry);
    const key = `${entry.source.index} ${entry.kind} ${entry.chat_id} ${entry.seq}`;
    const met = this.shared.get(key);
    if (met !== undefined) return met;
    const text = this.render(entry);
    this.shared.set(key, text);
    return text;
  }

  private render(entry: UserLogEntry): string {
    const event = this.decision.events[entry.source.index] ?? null;
    return JSON.stringify(renderUpdate(entry, event as RenderedEvent | null, Date.now()));
  }
}
