/** Answers any query: checks the request, waits for what the session has seen, reads in one snapshot. */
import { Logger } from '@nestjs/common';
import { answerEnded, step } from '#observability/request-spans.js';
import { activeTraceId, childOrNew, spanOf, within } from '#observability/trace.js';
import { validate } from '#protocol/validate.js';
import { nothingSeen, type Reply } from '#streams/requests.js';
import { streamOf } from '#streams/subjects.js';
import { methods } from './methods/index.js';
import { measureQuery } from './query-metrics.js';
import { needsOf } from './needs.js';
import type { Query } from './query.js';
import { QueryRequestDto } from './query-request.dto.js';
import type { ReadBarrier } from './read-barrier.js';
import { Refusal } from '#protocol/refusal.js';
import { describe, refusalOf } from './refusal.js';

const byName = new Map(methods.map((query) => [query.method, query]));

export class Queries {
  private readonly logger = new Logger('QueryHandler');

  constructor(
    private readonly barrier: ReadBarrier,
    private readonly streamsPerFamily: number,
  ) {}

  /** Never throws: what cannot be answered is a refusal. `request`: whatever came. */
  async answer(method: string, request: unknown, traceparent?: string): Promise<Reply> {
    const begunMs = performance.now();
    const parent = spanOf(traceparent);
    const { span, ...answering } = step(childOrNew(parent), parent);
    const reply = await within(span, () => this.answered(method, request));
    const { identity } = (request ?? {}) as { identity?: QueryRequestDto['identity'] };
    const known = byName.has(method) ? method : 'unknown';
    answerEnded({ span, ...answering }, known, { ...identity }, reply);
    measureQuery(known, begunMs, 'error' in reply ? reply.error.code : undefined);
    return reply;
  }

  private async answered(method: string, request: unknown): Promise<Reply> {
    try {
      const query = byName.get(method);
      if (!query) throw new Error(`nobody answers ${method}`);
      return await this.read(query, validated(QueryRequestDto, request));
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal.isFault)
        this.logger.error(`${method} failed (${activeTraceId() ?? 'untraced'}): ${describe(error)}`);
      return { error: refusal.error };
    }
  }

  private async read(query: Query, { identity, params, seen }: QueryRequestDto): Promise<Reply> {
    const { streamsPerFamily } = this;
    const checked = validated(query.params, params);
    const userStream = streamOf('USER', identity.user_id, streamsPerFamily);
    const needs = needsOf(seen, query.reads, userStream);
    const answer = await this.barrier.read(needs, query.reads, (snapshot) =>
      query.read({ identity, snapshot, streamsPerFamily, nowMs: Date.now() }, checked),
    );
    return { result: answer.result as Readonly<Record<string, unknown>>, seen: answer.seen ?? nothingSeen };
  }
}

function validated<T extends object>(dto: new () => T, value: unknown): T {
  const outcome = validate(dto, value);
  if (!outcome.ok) throw new Refusal('INVALID_PARAMS', { details: outcome.details });
  return outcome.params;
}
