import { styleText } from 'node:util';

/** How a screen wants its rows: their width, and whether colours may say something. */
export interface Look {
  /** Infinity where rows may be of any length: a pipe, a file. */
  readonly columns: number;
  readonly colours: Colours;
}

/** What colours stand for. None of them says what the words do not say too, ticks excepted (see `isOn`). */
export interface Colours {
  readonly isOn: boolean;
  faint(text: string): string;
  strong(text: string): string;
  alarm(text: string): string;
  read(text: string): string;
  /** The same colour for the same person. */
  person(text: string, userId: string): string;
}

const same = (text: string): string => text;

export const noColours: Colours = {
  isOn: false,
  faint: same,
  strong: same,
  alarm: same,
  read: same,
  person: same,
};

const people = ['green', 'magenta', 'cyan', 'yellow', 'blueBright', 'redBright'] as const;
const always = { validateStream: false } as const;

export const terminalColours: Colours = {
  isOn: true,
  faint: (text) => styleText('dim', text, always),
  strong: (text) => styleText('bold', text, always),
  alarm: (text) => styleText('red', text, always),
  read: (text) => styleText(['bold', 'blue'], text, always),
  person: (text, userId) => styleText(['bold', people[numberOf(userId) % people.length]!], text, always),
};

/** The end of an id is its random part. */
function numberOf(userId: string): number {
  return Number.parseInt(userId.slice(-4), 16) || 0;
}

/** What a pipe gets. */
export const plainLook: Look = { columns: Infinity, colours: noColours };
