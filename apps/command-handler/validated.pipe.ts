import type { PipeTransform } from '@nestjs/common';
import { RpcException } from '@nestjs/microservices';
import { validate, type FieldErrors } from '#protocol/validate.js';
import { Refusal } from '#protocol/refusal.js';

/**
 * What Nest's ValidationPipe does over HTTP, for requests over NATS: the payload becomes an instance of its DTO, or the
 * exception that the factory makes of the wrong fields is thrown.
 */
export class ValidatedPipe<T extends object> implements PipeTransform<unknown, T> {
  constructor(
    private readonly dto: new () => T,
    private readonly exceptionFactory: (details: FieldErrors) => Error = invalidParams,
  ) {}

  transform(payload: unknown): T {
    const validated = validate(this.dto, payload);
    if (!validated.ok) throw this.exceptionFactory(validated.details);
    return validated.params;
  }
}

const invalidParams = (details: FieldErrors): Error =>
  new RpcException(new Refusal('INVALID_PARAMS', { details }).error);
