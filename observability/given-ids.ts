/** The ids that a span travels by are known long before it is told. */
export class GivenIds {
  private given = { traceId: '', spanId: '' };

  next(span: { readonly traceId: string; readonly spanId: string }): void {
    this.given = span;
  }
  generateTraceId(): string {
    return this.given.traceId;
  }
  generateSpanId(): string {
    return this.given.spanId;
  }
}
