import { LineMistake } from './line-mistake.js';
import { conditions, switches, type Action, type Condition, type Switch } from './steps.js';

const within_default_ms = 20_000;
const within_max_ms = 600_000;

/** What one person does: a word of the script language, or a line as it would be typed. */
export function parsePerson(who: string, said: string, actors: ReadonlySet<string>): Action {
  const [, word = '', rest = ''] = /^(\S*)\s*(.*)$/s.exec(said)!;
  if (said === '') throw new LineMistake('nothing is said here.');
  if (word === 'expect') return expectation(who, rest);
  if (word === 'wait') return waiting(who, rest);
  if (rest === '' && isSwitch(word)) return { kind: 'switch', who, to: word };
  const text = word === 'say' && rest !== '' ? rest : said;
  return { kind: 'enter', who, text: withKnownNames(text, actors) };
}

/** `of ann`: another device of ann's. Null when that is not what is said. */
export function isOf(rest: string): string | null {
  return /^of\s+([\w-]+)$/.exec(rest)?.[1] ?? null;
}

function expectation(who: string, rest: string): Action {
  const [, no, , regex, flags, text, within] =
    /^(no\s+)?(\/(.+)\/([a-z]*)|"(.+)")(?:\s+within\s+(.+))?$/s.exec(rest) ?? [];
  if (regex === undefined && text === undefined)
    throw new LineMistake(
      `expect what? As: expect /hello/ within 10s, expect "hello", expect no /hello/. As a text: say expect ${rest}`,
    );
  const pattern = regex === undefined ? new RegExp(escaped(text!)) : compiled(regex, flags!);
  return { kind: 'expect', who, pattern, isAbsent: no !== undefined, withinMs: duration(within) };
}

function waiting(who: string, rest: string): Action {
  const [, word = '', within] = /^(\S*)(?:\s+within\s+(.+))?$/s.exec(rest) ?? [];
  if (!isCondition(word))
    throw new LineMistake(`wait for what? One of: ${conditions.join(', ')}. As a text: say wait ${rest}`);
  return { kind: 'wait', who, condition: word, withinMs: duration(within) };
}

function compiled(regex: string, flags: string): RegExp {
  try {
    return new RegExp(regex, flags.includes('u') ? flags : `${flags}u`);
  } catch (error) {
    throw new LineMistake((error as Error).message);
  }
}

function duration(words: string | undefined): number {
  if (words === undefined) return within_default_ms;
  const [, number, unit] = /^(\d{1,6})\s*(ms|s)$/.exec(words) ?? [];
  const ms = Number(number) * (unit === 's' ? 1_000 : 1);
  if (!(ms <= within_max_ms))
    throw new LineMistake(`within ${words}? As: within 10s, within 500ms (600s at most).`);
  return ms;
}

function withKnownNames(text: string, actors: ReadonlySet<string>): string {
  for (const [, name] of text.matchAll(/\{([\w-]+)\}/g))
    if (!actors.has(name!))
      throw new LineMistake(`{${name}} stands for an actor's number, and there is none.`);
  return text;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
const isSwitch = (word: string): word is Switch => switches.some((one) => one === word);
const isCondition = (word: string): word is Condition => conditions.some((one) => one === word);
