import { context, isSpanContextValid, trace } from '@opentelemetry/api';

/**
 * The W3C `traceparent` that travels with what is done now: of the active span where there is one, else of a new trace.
 * It is always the server's own; a client's is never continued.
 */
export function traceparent(): string {
  const active = trace.getSpanContext(context.active());
  if (active && isSpanContextValid(active)) {
    return `00-${active.traceId}-${active.spanId}-${active.traceFlags.toString(16).padStart(2, '0')}`;
  }
  return `00-${randomHex(16)}-${randomHex(8)}-01`;
}

/** The header's name, the same over NATS and HTTP. */
export const traceparentHeader = 'traceparent';

function randomHex(bytes: number): string {
  const random = crypto.getRandomValues(new Uint8Array(bytes));
  return Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
