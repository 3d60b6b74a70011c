import { applicationError, type ApplicationError, type ErrorCode } from './errors.js';

/** What is thrown to refuse a request: an error of the catalogue, never an accident. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly error: ApplicationError;

  constructor(code: ErrorCode, more: Parameters<typeof applicationError>[1] = {}) {
    super(code);
    this.error = applicationError(code, more);
  }
}
