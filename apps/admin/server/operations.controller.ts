import { Body, Controller, Get, Inject, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ServedOperations, type Asked } from './served-operations.js';

const prefix = '/admin/v1/';

/** `POST /admin/v1/<operation>`, and what there is to ask for. */
@Controller('admin/v1')
export class OperationsController {
  constructor(@Inject(ServedOperations) private readonly served: ServedOperations) {}

  @Get('operations')
  list(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.served.list(askedBy(request), reply);
  }

  @Get('openapi.json')
  openApi(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.served.openApi(askedBy(request), reply);
  }

  @Post('*')
  run(@Body() body: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const path = request.url.split('?')[0]!.slice(prefix.length);
    return this.served.run(path, body, askedBy(request), reply);
  }
}

const askedBy = ({ headers, ip }: FastifyRequest): Asked => ({
  authorization: headers.authorization,
  accept: headers.accept,
  address: ip,
});
