/**
 * Every operation can be found, explains itself, and its examples are what it takes.
 *
 * Seen failing: with an example without its --reason; with an option misspelt in an example; with an example of another
 * operation; with a parameter that the body's schema lost.
 */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { commandLine } from './command-line.js';
import type { AnyOperation } from './operation.js';
import { operations } from './operations.js';
import { fieldOf, flagOf } from './parameters.js';
import { checkRequest } from './run-operation.js';
import { bodySchema } from './server/openapi.js';
import { adminSubject } from '#streams/subjects.js';
import type { Invocation } from './terminal/operation-command.js';

const operator = { name: 'ann', role: 'operator', via: 'cli' } as const;

/** As a shell does, for words and double quotes. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word!);

async function invoked(line: string): Promise<Invocation> {
  let invocation: Invocation | undefined;
  const program = commandLine(operations, async (one) => {
    invocation = one;
  });
  const [, typed] = /npm run (?:--silent )?admin -- (.*)$/.exec(line) ?? [];
  await program.parseAsync(['node', 'admin', ...wordsOf(typed ?? '')]);
  return invocation!;
}

const helpOf = ({ name }: AnyOperation): string => {
  let own = commandLine(operations, async () => undefined);
  for (const word of name.split(' ')) own = own.commands.find((one) => one.name() === word)!;
  return own.helpInformation();
};

describe.each(operations.map((operation) => [operation.name, operation] as const))(
  '%s',
  (_name, operation) => {
    it('has help that names all it takes, and examples', () => {
      const help = helpOf(operation);
      for (const parameter of operation.parameters)
        expect(help).toContain(parameter.positional ? fieldOf(parameter) : flagOf(parameter));
      expect(operation.examples.length).toBeGreaterThan(0);
    });

    it.each(operation.examples.map(([line]) => line))('takes its example: %s', async (line) => {
      const { operation: found, given, reason } = await invoked(line.replaceAll('<id>', randomUUID()));
      expect(found.name).toBe(operation.name);
      expect(() => checkRequest({ operation, given, reason, caller: operator })).not.toThrow();
    });

    it('has a subject to be kept under, and a body of the same fields', () => {
      expect(adminSubject(operation.name)).toBe(`admin.${operation.name.replaceAll(' ', '.')}`);
      const { properties } = bodySchema(operation) as { properties: object };
      for (const parameter of operation.parameters) expect(properties).toHaveProperty(fieldOf(parameter));
    });
  },
);

it('no two operations have one name', () => {
  expect(new Set(operations.map(({ name }) => name)).size).toBe(operations.length);
});
