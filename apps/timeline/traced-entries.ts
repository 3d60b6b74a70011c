/** The spans of entries that were stored and are announced: one of each kind for a source, however many its entries. */
import { announceEnded, timelineEnded } from '#observability/message-spans.js';
import { isKept } from '#observability/span.js';
import type { About } from '#observability/span-attributes.js';
import { childOf, textOf, type SpanContext } from '#observability/trace.js';
import type { AnnouncedEntry } from './announced-entry.js';
import type { SourceMessage } from './source-message.js';

/** Of one source in one batch: what is pushed to more of them is in no trace, or a message to thousands would be thousands of spans. */
const traced_recipients_max = 100;

interface Traced {
  readonly parent: SpanContext;
  readonly announce: SpanContext;
  readonly of: About;
  readonly recipients: Set<string>;
  entries: number;
}

export class TracedEntries {
  private readonly traced: ReadonlyMap<SourceMessage, Traced>;
  private readonly startMs = performance.now();

  private constructor(traced: ReadonlyMap<SourceMessage, Traced>) {
    this.traced = traced;
  }

  /** Undefined when none of them is of a sampled trace. */
  static of(entries: readonly AnnouncedEntry[]): TracedEntries | undefined {
    let traced: Map<SourceMessage, Traced> | undefined;
    for (const { source, entry, user_id } of entries) {
      if (source === null || !isKept(source.span)) continue;
      traced ??= new Map();
      const known = traced.get(source) ?? tracedOf(source.span, entry);
      known.entries += 1;
      known.recipients.add(user_id);
      traced.set(source, known);
    }
    return traced && new TracedEntries(traced);
  }

  /** What travels with an entry to its user's devices. */
  traceparentOf(source: SourceMessage, userId: string): string | undefined {
    const traced = this.traced.get(source);
    if (traced === undefined) return undefined;
    let before = 0;
    for (const recipient of traced.recipients) {
      if (recipient === userId) return textOf(traced.announce);
      if (++before >= traced_recipients_max) return undefined;
    }
    return undefined;
  }

  announced(isAgain: boolean): void {
    for (const [source, { parent, announce, entries, recipients, of }] of this.traced) {
      const { family, readMs } = source;
      const timeline = timelineEnded(parent, { family, readMs, endMs: this.startMs, entries, isAgain, of });
      const { startMs } = this;
      announceEnded(announce, timeline, {
        startMs,
        to: 'live.user',
        recipients: recipients.size,
        isAgain,
        of,
      });
    }
  }
}

const tracedOf = (parent: SpanContext, { chat_id, seq }: AnnouncedEntry['entry']): Traced => ({
  parent,
  announce: childOf(parent),
  of: { chat_id, seq },
  recipients: new Set(),
  entries: 0,
});
