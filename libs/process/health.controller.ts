import { Controller, Get, HttpStatus, Inject, Res } from '@nestjs/common';
import { livePath, readyPath } from './health-paths.js';
import type { ReadinessSource } from './readiness.js';

export const READINESS = Symbol('readiness');

/** What of Fastify's reply is used here. */
interface Reply {
  status(code: number): Reply;
  type(contentType: string): Reply;
  send(body: string): unknown;
}

/** `live`: this process answers. `ready`: it can do its work. The same as the health server's, on a public port. */
@Controller()
export class HealthController {
  constructor(@Inject(READINESS) private readonly readiness: ReadinessSource) {}

  @Get(livePath)
  live(): { readonly status: 'ok' } {
    return { status: 'ok' };
  }

  @Get(readyPath)
  async ready(@Res() reply: Reply): Promise<void> {
    const report = await this.readiness.report();
    const status = report.status === 'ok' ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE;
    void reply.status(status).type('application/json').send(JSON.stringify(report));
  }
}
