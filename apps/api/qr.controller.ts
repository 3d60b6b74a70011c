import {
  Body,
  Controller,
  Get,
  HttpCode,
  HttpStatus,
  Inject,
  Param,
  Post,
  Req,
  Res,
  UseGuards,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AddressLimitGuard } from '#edge/address-limit.guard.js';
import { isUuid } from '#domain/kernel/ids.js';
import { installationHeader, QrBody, type QrAnswer } from '#protocol/auth.js';
import { Refusal } from '#protocol/refusal.js';
import { API_PARTS, type ApiParts } from './api-parts.js';
import { checkedBody } from './body.js';
import { originOf } from './caller-origin.js';
import { countStep } from './sign-in-metrics.js';

/** `/v1/auth/qr`: protocol section 2. What is accepted with `devices.acceptQr` is answered here. */
@Controller('v1/auth/qr')
@UseGuards(AddressLimitGuard)
export class QrController {
  constructor(@Inject(API_PARTS) private readonly parts: ApiParts) {}

  @Post()
  @HttpCode(200)
  make(@Body() body: unknown, @Req() request: FastifyRequest): Promise<QrAnswer> {
    return countStep('qr_new', async () => {
      const asked = checkedBody(QrBody, body);
      return this.parts.qrCodes.make(asked, originOf(request, asked.installation_id));
    });
  }

  @Get(':qr_token')
  async poll(
    @Param('qr_token') token: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const answer = await countStep('qr_poll', async () =>
      this.parts.qrCodes.poll(token, originOf(request, installationOf(request))),
    );
    void reply.status('access_token' in answer ? HttpStatus.OK : HttpStatus.ACCEPTED);
    // Neither what it says of the token nor the tokens themselves are anything for a cache.
    void reply.header('cache-control', 'no-store');
    return answer;
  }
}

function installationOf({ headers }: FastifyRequest): string | undefined {
  const given = headers[installationHeader];
  if (given === undefined || isUuid(given)) return given;
  throw new Refusal('INVALID_PARAMS', { details: { [installationHeader]: 'a UUID in lower-case text' } });
}
