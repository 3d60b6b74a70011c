import { Body, Controller, Headers, HttpStatus, Inject, Post, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { AddressLimitGuard } from '#edge/address-limit.guard.js';
import { Caller } from '#edge/caller.js';
import { parseFrame } from '#edge/frame.js';
import { activeSpan } from '#observability/trace.js';
import { encodeSeen, seenHeader, seenOf } from '#edge/seen.js';
import { API_PARTS, type ApiParts } from './api-parts.js';

/** `POST /v1/rpc`: one JSON-RPC request or a batch, without a session. */
@Controller('v1/rpc')
@UseGuards(AddressLimitGuard)
export class RpcController {
  constructor(@Inject(API_PARTS) private readonly parts: ApiParts) {}

  @Post()
  async rpc(
    @Body() body: unknown,
    @Headers('authorization') authorization: string | undefined,
    @Headers(seenHeader) seen: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { edge, bearer, dispatch, refreshTokens } = this.parts;
    const { identity, pair } = await bearer.verify(authorization);
    if (pair !== undefined && edge.pairs.isNew(pair)) await refreshTokens.pairUsed(pair);
    const caller = new Caller(edge.ask);
    caller.identity = identity;
    caller.span = activeSpan();
    caller.seen.add(seenOf(seen));
    const answer = await dispatch.answer(caller, parseFrame(typeof body === 'string' ? body : ''));
    void reply.header(seenHeader, encodeSeen(caller.seen.positions));
    if (answer === null) return void reply.status(HttpStatus.NO_CONTENT).send();
    void reply.status(HttpStatus.OK).type('application/json').send(JSON.stringify(answer));
  }
}
