import {
  Body,
  Controller,
  Get,
  Header,
  Headers,
  HttpCode,
  Inject,
  Post,
  Req,
  UseGuards,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AddressLimitGuard } from '#edge/address-limit.guard.js';
import {
  OtpRequestBody,
  OtpVerifyBody,
  RefreshBody,
  type OtpRequestAnswer,
  type OtpVerifyAnswer,
  type TokenPair,
} from '#protocol/auth.js';
import { API_PARTS, type ApiParts } from './api-parts.js';
import { checkedBody } from './body.js';
import { originOf } from './caller-origin.js';
import { countStep } from './sign-in-metrics.js';

/** `/v1/auth/...`: protocol section 2. */
@Controller('v1/auth')
@UseGuards(AddressLimitGuard)
export class AuthController {
  constructor(@Inject(API_PARTS) private readonly parts: ApiParts) {}

  @Post('otp/request')
  @HttpCode(200)
  requestCode(@Body() body: unknown, @Req() request: FastifyRequest): Promise<OtpRequestAnswer> {
    return countStep('request_code', async () => {
      const asked = checkedBody(OtpRequestBody, body);
      return this.parts.signIn.requestCode(asked, originOf(request, asked.installation_id));
    });
  }

  @Post('otp/verify')
  @HttpCode(200)
  verify(@Body() body: unknown, @Req() request: FastifyRequest): Promise<OtpVerifyAnswer> {
    return countStep('verify_code', async () => {
      const asked = checkedBody(OtpVerifyBody, body);
      return this.parts.signIn.verify(asked, originOf(request, asked.installation_id));
    });
  }

  @Post('refresh')
  @HttpCode(200)
  refresh(@Body() body: unknown): Promise<TokenPair> {
    return countStep('refresh', async () =>
      this.parts.signIn.refresh(checkedBody(RefreshBody, body).refresh_token),
    );
  }

  @Post('logout')
  @HttpCode(204)
  async logout(@Headers('authorization') authorization: string | undefined): Promise<void> {
    await countStep('logout', async () => {
      const { identity } = await this.parts.bearer.verify(authorization);
      await this.parts.signIn.logout(identity);
    });
  }

  /** Kept by caches for much less time than a key is published before it signs. */
  @Get('jwks.json')
  @Header('cache-control', 'public, max-age=300')
  jwks(): object {
    return this.parts.edge.keys.jwks();
  }
}
