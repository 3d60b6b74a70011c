/** What a message's trace has to hold, as a check of a plain list of spans: whoever collected them. */
import type { SeenSpan } from './seen-span.js';

export interface ExpectedTrace {
  readonly chatId: string;
  readonly seq: number;
  /** That it was pushed to, and that acknowledged it with their cursors ending on it. */
  readonly devices: readonly string[];
  readonly projections: readonly string[];
  /** Who read up to it. */
  readonly readers: readonly string[];
}

/** The span that decided the message, with which everything is in one trace. */
export const decisionOf = (spans: readonly SeenSpan[], chatId: string, seq: number): SeenSpan | undefined =>
  spans.find(
    ({ name, attributes: of }) =>
      name === 'decide messages.send' && of['odnix.chat_id'] === chatId && of['odnix.seq'] === seq,
  );

/** Of all that is expected what is not there, in words; nothing of it when the trace is whole. */
export function missingParts(spans: readonly SeenSpan[], expected: ExpectedTrace): string[] {
  const decide = decisionOf(spans, expected.chatId, expected.seq);
  if (decide === undefined) return ['decide messages.send'];
  const trace = new TraceOf(spans, decide.traceId);
  const missing: string[] = [];
  const need = (what: string, found: readonly unknown[]): void => {
    if (found.length === 0) missing.push(what);
  };
  const command = trace.parentOf(decide);
  const frame = command && trace.parentOf(command);
  need('command messages.send above decide', command?.name === 'command messages.send' ? [command] : []);
  need(
    'frame messages.send at the top',
    frame?.name === 'frame messages.send' && isTop(frame) ? [frame] : [],
  );
  need('append CHAT', trace.below(decide, 'append CHAT'));
  const announced = trace
    .below(decide, 'timeline CHAT')
    .flatMap((one) => trace.below(one, 'announce live.user'));
  need('timeline CHAT, announce live.user', announced);
  const pushes = announced.flatMap((one) => trace.below(one, 'push message.new'));
  for (const device of expected.devices) {
    const own = pushes.filter(({ attributes }) => attributes['odnix.device_id'] === device);
    need(`push to ${device}`, own);
    const acks = own.flatMap((push) => trace.below(push, 'ack'));
    need(
      `ack by ${device}`,
      acks.filter((ack) => trace.isLinkedBothWays(ack, 'ack updates', own)),
    );
  }
  for (const projection of expected.projections) {
    const projected = trace.below(decide, `project ${projection}`);
    need(
      `project ${projection}`,
      projected.filter((one) => trace.isLinkedBothWays(one, `fold ${projection}`, [decide])),
    );
  }
  for (const reader of expected.readers) {
    const reads = trace
      .below(decide, 'read')
      .filter(({ attributes }) => attributes['odnix.user_id'] === reader);
    need(
      `read by ${reader}`,
      reads.filter((read) => trace.isLinkedBothWays(read, 'read messages', [decide])),
    );
  }
  return [...missing, ...trace.orphans().map(({ name }) => `what is above ${name}`)];
}

const isTop = ({ parentId }: SeenSpan): boolean => parentId === null;

class TraceOf {
  private readonly own: readonly SeenSpan[];

  constructor(
    private readonly all: readonly SeenSpan[],
    traceId: string,
  ) {
    this.own = all.filter((span) => span.traceId === traceId);
  }

  parentOf({ parentId }: SeenSpan): SeenSpan | undefined {
    return this.own.find(({ spanId }) => spanId === parentId);
  }

  below({ spanId }: SeenSpan, name: string): SeenSpan[] {
    return this.own.filter((span) => span.parentId === spanId && span.name === name);
  }

  orphans(): SeenSpan[] {
    return this.own.filter((span) => span.parentId !== null && this.parentOf(span) === undefined);
  }

  /** `from` links to another trace, in which a span of that name links to one of `to`, or is linked from below it. */
  isLinkedBothWays(from: SeenSpan, name: string, to: readonly SeenSpan[]): boolean {
    const others = this.all.filter(
      ({ traceId, name: theirs }) => theirs === name && from.links.some((link) => link.traceId === traceId),
    );
    return others.some(({ links }) => links.some((link) => to.some(({ spanId }) => spanId === link.spanId)));
  }
}
