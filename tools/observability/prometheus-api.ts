/** What Prometheus is asked over HTTP. */

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Line {
  readonly labels: Readonly<Record<string, string>>;
  /** Seconds and value, in the order of time. */
  readonly points: readonly (readonly [number, number])[];
}

export interface Target {
  readonly url: string;
  readonly health: string;
  readonly error: string;
}

/** Throws what Prometheus says when it cannot evaluate an expression. */
export class PrometheusApi {
  constructor(readonly url: string) {}

  /** Now. */
  async query(expression: string): Promise<Sample[]> {
    const { resultType, result } = await this.ask<QueryAnswer>('query', { query: expression });
    if (resultType === 'scalar') return [{ labels: {}, value: Number(result[1]) }];
    return result.map(({ metric, value: [, value] }) => ({ labels: metric, value: Number(value) }));
  }

  async range(expression: string, from_s: number, to_s: number, step_s: number): Promise<Line[]> {
    const asked = { query: expression, start: String(from_s), end: String(to_s), step: String(step_s) };
    const { result } = await this.ask<RangeAnswer>('query_range', asked);
    return result.map(({ metric, values }) => ({
      labels: metric,
      points: values.map(([at_s, value]) => [at_s, Number(value)] as const),
    }));
  }

  async targets(): Promise<Target[]> {
    const { activeTargets } = await this.ask<TargetsAnswer>('targets', {});
    return activeTargets.map(({ scrapeUrl, health, lastError }) => ({
      url: scrapeUrl,
      health,
      error: lastError,
    }));
  }

  async rules(): Promise<Rule[]> {
    const { groups } = await this.ask<{ groups: { rules: Rule[] }[] }>('rules', {});
    return groups.flatMap(({ rules }) => rules);
  }

  private async ask<T>(what: string, parameters: Record<string, string>): Promise<T> {
    const response = await fetch(`${this.url}/api/v1/${what}?${new URLSearchParams(parameters)}`);
    const { status, data, error } = (await response.json()) as { status: string; data: T; error?: string };
    if (status !== 'success') throw new Error(`Prometheus: ${error}`);
    return data;
  }
}

export interface Rule {
  readonly type: 'alerting' | 'recording';
  readonly name: string;
  readonly query: string;
  readonly health: string;
  readonly lastError?: string;
}

type QueryAnswer =
  | { readonly resultType: 'scalar'; readonly result: readonly [number, string] }
  | {
      readonly resultType: 'vector';
      readonly result: readonly { metric: Record<string, string>; value: readonly [number, string] }[];
    };

interface RangeAnswer {
  readonly result: readonly {
    metric: Record<string, string>;
    values: readonly (readonly [number, string])[];
  }[];
}

interface TargetsAnswer {
  readonly activeTargets: readonly { scrapeUrl: string; health: string; lastError: string }[];
}
