import { phonePattern } from '#protocol/methods/contacts.js';
import { LineMistake } from './line-mistake.js';
import { isOf, parsePerson } from './parse-person.js';
import type { Action, Step } from './steps.js';

const script_lines_max = 10_000;
const actors_max = 50;

/** Everything that is wrong with a script, each with its line. */
export class ScriptMistakes extends Error {
  constructor(readonly mistakes: readonly string[]) {
    super(mistakes.join('\n'));
  }
}

/**
 * The steps of a script. `hasOwnPerson`: somebody is signed in already, whose lines stand without a name. Throws
 * ScriptMistakes with all that is wrong.
 */
export function parseScript(text: string, hasOwnPerson: boolean): Step[] {
  const actors = new Set<string>(hasOwnPerson ? [''] : []);
  const mistakes: string[] = [];
  const lines = text.split(/\r?\n/);
  if (lines.length > script_lines_max) throw new ScriptMistakes([`more than ${script_lines_max} lines`]);
  const steps = lines.flatMap((raw, index): Step[] => {
    const source = raw.trim();
    if (source === '' || source.startsWith('#')) return [];
    try {
      return [{ line: index + 1, source, ...parseLine(source, actors) }];
    } catch (error) {
      if (!(error instanceof LineMistake)) throw error;
      mistakes.push(`line ${index + 1}: ${error.message}`);
      return [];
    }
  });
  if (mistakes.length > 0) throw new ScriptMistakes(mistakes);
  return steps;
}

function parseLine(source: string, actors: Set<string>): Action {
  const [, who, said] = /^@([\w-]+):\s*(.*)$/s.exec(source) ?? [];
  if (who !== undefined) return parsePerson(known(who, actors), said!, actors);
  if (/^actor\s/.test(source)) return declared(source, actors);
  const [, told] = /^tell\s+(.+)$/s.exec(source) ?? [];
  if (told !== undefined) return { kind: 'tell', text: told };
  if (!actors.has(''))
    throw new LineMistake(`who does this? Write “@name: ${source}”, with an actor declared before.`);
  return parsePerson('', source, actors);
}

function known(who: string, actors: ReadonlySet<string>): string {
  if (actors.has(who)) return who;
  throw new LineMistake(`there is no actor ${who}. Declare it before: actor ${who} +15550100 "Name"`);
}

function declared(source: string, actors: Set<string>): Action {
  const [, name, rest = ''] = /^actor\s+([\w-]{1,16})\s+(.+)$/.exec(source) ?? [];
  if (name === undefined) throw new LineMistake(howToDeclare);
  if (actors.has(name)) throw new LineMistake(`there is an actor ${name} already.`);
  if (actors.size >= actors_max) throw new LineMistake(`more than ${actors_max} actors.`);
  const of = isOf(rest);
  const action: Action =
    of === null ? person(name, rest) : { kind: 'another_device', name, of: known(of, actors) };
  actors.add(name);
  return action;
}

function person(name: string, rest: string): Action {
  const [, phone, displayName] = /^(\+[\d?]+)(?:\s+"([^"]+)")?$/.exec(rest) ?? [];
  if (phone === undefined || !phonePattern.test(phone.replaceAll('?', '1')))
    throw new LineMistake(howToDeclare);
  return { kind: 'actor', name, phone, ...(displayName === undefined ? {} : { displayName }) };
}

const howToDeclare =
  'an actor is declared as: actor ann +15550100 "Ann" (each ? in the number is a random digit), or: actor laptop of ann';
