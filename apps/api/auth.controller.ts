import { Body, Controller, Get, Headers, HttpCode, Inject, Post } from '@nestjs/common';
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

/** `/v1/auth/...`: protocol section 2. */
@Controller('v1/auth')
export class AuthController {
  constructor(@Inject(API_PARTS) private readonly parts: ApiParts) {}

  @Post('otp/request')
  @HttpCode(200)
  requestCode(@Body() body: unknown): Promise<OtpRequestAnswer> {
    return this.parts.signIn.requestCode(checkedBody(OtpRequestBody, body));
  }

  @Post('otp/verify')
  @HttpCode(200)
  verify(@Body() body: unknown): Promise<OtpVerifyAnswer> {
    return this.parts.signIn.verify(checkedBody(OtpVerifyBody, body));
  }

  @Post('refresh')
  @HttpCode(200)
  refresh(@Body() body: unknown): Promise<TokenPair> {
    return this.parts.signIn.refresh(checkedBody(RefreshBody, body).refresh_token);
  }

  @Post('logout')
  @HttpCode(204)
  async logout(@Headers('authorization') authorization: string | undefined): Promise<void> {
    const { identity } = await this.parts.bearer.verify(authorization);
    await this.parts.signIn.logout(identity);
  }

  @Get('jwks.json')
  jwks(): object {
    return this.parts.access.jwks();
  }
}
