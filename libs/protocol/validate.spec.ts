/** Seen failing with names cut in the middle of a character: over MessagePack the answer was no UTF-8 then. */
import { expect, test } from 'vitest';
import { methods } from './methods.js';
import { validate } from './validate.js';

test('a name of the client’s own is told back as text that every encoding can say', () => {
  const names = [`${'x'.repeat(63)}😀`, '\ud800', `${'😀'.repeat(40)}`];
  for (const name of names) {
    const validated = validate(methods['session.ping'].params, { [name]: 1 });
    const [told] = Object.keys(validated.ok ? {} : validated.details);
    expect(told?.isWellFormed()).toBe(true);
  }
});
