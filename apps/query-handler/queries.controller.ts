import { Controller, Inject } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import type { Reply } from '#streams/requests.js';
import { Queries } from './queries.js';
import { query_pattern, QueryRpcContext } from './query-transport.js';

/** All methods by one pattern; what each takes and reads stands in methods/. */
@Controller()
export class QueriesController {
  constructor(@Inject(Queries) private readonly queries: Queries) {}

  @MessagePattern(query_pattern)
  answer(@Payload() request: unknown, @Ctx() context: QueryRpcContext): Promise<Reply> {
    return this.queries.answer(context.method, request, context.traceparent);
  }
}
