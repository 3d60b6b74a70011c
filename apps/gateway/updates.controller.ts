import type { OutgoingHttpHeaders } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Controller, Get, HttpCode, Inject, Post, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { difference_updates_default, poll_timeout_ms_default } from '#protocol/limits.js';
import type { UpdatesGetDifferenceResult } from '#protocol/methods/updates.js';
import { notification } from '#protocol/notifications.js';
import { Refusal } from '#protocol/refusal.js';
import { UpdatesPollQuery, UpdatesStreamQuery, type UpdatesTicketAnswer } from '#protocol/updates-http.js';
import { AddressLimitGuard } from '#edge/address-limit.guard.js';
import { checkedQuery } from '#edge/checked-query.js';
import { encodeSeen, seenHeader, seenOf } from '#edge/seen.js';
import { ticket_expires_s } from '#edge/update-tickets.js';
import { EventStream } from './event-stream.js';
import { GATEWAY_PARTS, type GatewayParts } from './gateway.js';
import { sights_retry_ms } from './limits.js';
import { LongPoll } from './long-poll.js';
import { Outgoing } from './outgoing.js';
import { beginSession, type SessionAccess } from './session-methods.js';

/** `/v1/updates...`: the user's log over plain HTTP, for clients that cannot hold a WebSocket. */
@Controller('v1/updates')
@UseGuards(AddressLimitGuard)
export class UpdatesController {
  constructor(@Inject(GATEWAY_PARTS) private readonly parts: GatewayParts) {}

  @Post('ticket')
  @HttpCode(200)
  async ticket(@Req() request: FastifyRequest): Promise<UpdatesTicketAnswer> {
    const access = await this.caller(request);
    await this.parts.edge.limits.mustTake(access.identity, 'POST /v1/updates/ticket');
    const ticket = await this.parts.tickets.issue(access);
    return { ticket, expires_in_s: ticket_expires_s };
  }

  @Get()
  async poll(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    this.mustServe(request);
    const access = await this.caller(request);
    await this.parts.edge.limits.mustTake(access.identity, 'GET /v1/updates');
    const query = checkedQuery(UpdatesPollQuery, request.query as object, ['pts', 'timeout_ms', 'limit']);
    const poll = new LongPoll(this.parts.edge.ask, query.limit ?? difference_updates_default);
    poll.identity = access.identity;
    poll.seen.add(seenOf(request.headers[seenHeader] as string | undefined));
    reply.raw.once('close', () => poll.end());
    this.parts.streams.add(poll);
    try {
      const answer = await this.pollAnswer(poll, query, access);
      if (reply.raw.destroyed) return;
      void reply.header(seenHeader, encodeSeen(poll.seen.positions)).type('application/json');
      void reply.header('cache-control', 'no-store').send(JSON.stringify(answer));
    } finally {
      this.parts.streams.remove(poll);
    }
  }

  @Get('stream')
  async stream(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    this.mustServe(request);
    const { edge, sessions, streams, times, buffers } = this.parts;
    const { 'last-event-id': last } = request.headers;
    const header = last === undefined || last === '' ? {} : { 'last-event-id': last };
    const query = checkedQuery(UpdatesStreamQuery, { ...(request.query as object), ...header });
    const access = await this.caller(request, query.ticket);
    await edge.limits.mustTake(access.identity, 'GET /v1/updates/stream');
    if (query.presence !== undefined) await edge.limits.mustTake(access.identity, 'presence.watch');
    const sync_token = query['last-event-id'] ?? query.sync_token;
    const stream: EventStream = new EventStream(reply.raw, times, buffers, () => streams.remove(stream));
    streams.add(stream);
    const start = sync_token === undefined ? {} : { sync_token };
    const { pts, hash, ...opened } = await sessions.opens.run(() =>
      beginSession(sessions, stream, start, access),
    );
    void reply.hijack();
    stream.begin(reply.getHeaders() as OutgoingHttpHeaders);
    if (opened.too_long)
      stream.send(new Outgoing(notification('updates.tooLong', { pts, sync_token: opened.sync_token })));
    // Who gave no token starts at the present, and is told where that is.
    else if (sync_token === undefined)
      stream.send(
        new Outgoing(notification('updates.caughtUp', { pts, sync_token: opened.sync_token, hash })),
      );
    stream.session?.start();
    if (query.presence !== undefined) void this.watch(stream, query.presence.split(','));
  }

  /** What cannot be told now is told later: nobody waits for an answer. */
  private async watch(stream: EventStream, userIds: readonly string[]): Promise<void> {
    while (stream.isOpen) {
      try {
        const { presence } = await stream.session!.presence.watch(userIds);
        for (const view of presence) stream.send(new Outgoing(notification('presence', view)));
        return;
      } catch (error) {
        this.parts.sessions.onFailure(error);
        await delay(sights_retry_ms);
      }
    }
  }

  private async pollAnswer(
    poll: LongPoll,
    { timeout_ms = poll_timeout_ms_default, ...asked }: UpdatesPollQuery,
    access: SessionAccess,
  ): Promise<UpdatesGetDifferenceResult> {
    const { edge, sessions } = this.parts;
    const waitUntilMs = Date.now() + timeout_ms;
    const present = await edge.updates.getDifference(poll, asked);
    if (present.type !== 'empty' || timeout_ms === 0 || !poll.isOpen) return present;
    const { sync_token } = present;
    const opened = await sessions.opens.run(() => beginSession(sessions, poll, { sync_token }, access));
    if (opened.too_long)
      return { ...present, type: 'too_long', pts: opened.pts, sync_token: opened.sync_token };
    poll.session?.start();
    const { updates, more } = await poll.wait(Math.max(0, waitUntilMs - Date.now()));
    const last = updates.at(-1);
    if (last === undefined) return present;
    const type = more ? 'slice' : 'difference';
    return { type, updates, pts: last.pts, sync_token: last.sync_token };
  }

  /** By ticket where there is one. */
  private async caller({ headers }: FastifyRequest, ticket?: string): Promise<SessionAccess> {
    const { bearer, tickets, edge } = this.parts;
    if (ticket !== undefined) {
      const access = await tickets.redeem(ticket);
      if (!(await edge.devices.has(access.identity))) throw new Refusal('DEVICE_REVOKED');
      return access;
    }
    const verified = await bearer.verify(headers.authorization);
    edge.pairs.tell(verified.pair);
    return verified;
  }

  /** HEAD would hold a stream, or spend a ticket, for nothing. */
  private mustServe({ method }: FastifyRequest): void {
    if (method !== 'GET') throw new Refusal('NOT_FOUND');
    const { streams, times } = this.parts;
    if (streams.isDraining) throw new Refusal('UNAVAILABLE', { retry_after_ms: times.reconnect_after_ms });
  }
}
