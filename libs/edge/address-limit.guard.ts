import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { clientAddressOf, networkOf } from './client-address.js';
import type { RequestLimits } from './request-limits.js';

export const REQUEST_LIMITS = Symbol('request limits');

/** For controllers that strangers reach: counts by the caller's address before anything else is done for them. */
@Injectable()
export class AddressLimitGuard implements CanActivate {
  constructor(@Inject(REQUEST_LIMITS) private readonly limits: RequestLimits) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    await this.limits.mustTakeNetwork(networkOf(clientAddressOf(request)));
    return true;
  }
}
