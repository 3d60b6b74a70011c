import { applicationError, type ApplicationError, type ErrorCode } from '#protocol/errors.js';

/** What a method of the edge throws to refuse: a catalogue error, never an accident. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly error: ApplicationError;

  constructor(code: ErrorCode, more: Parameters<typeof applicationError>[1] = {}) {
    super(code);
    this.error = applicationError(code, more);
  }
}
