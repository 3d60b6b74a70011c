/**
 * How words stand in the index, and how they are looked for there. A letter stands with the one that it is joined to: pairs,
 * of which a run of letters is found anywhere in a longer one. Each lexeme begins with a part of the chat's id, so that looking
 * in one chat reads what is of that chat, however common a word is elsewhere.
 */
import type { Term } from './terms.js';
import type { Word } from './words.js';

/** PostgreSQL keeps 255 positions of a lexeme at most. */
const positions_max = 200;
/** Of what is asked for; the index finds by the first ones, and what it finds is compared with all. */
const asked_lexemes_max = 16;

/** Two chats that have the same one are told apart by their rows. */
const chat_key_chars = 8;

export const chatKey = (chatId: string): string => chatId.slice(-chat_key_chars);

/** As PostgreSQL reads a tsvector; null when there is nothing to find. */
export function tsvectorOf(chatId: string, words: readonly Word[]): string | null {
  const positions = new Map<string, number[]>();
  for (const [index, word] of words.entries()) {
    const lexeme = chatKey(chatId) + lexemeAt(words, index, word);
    const known = positions.get(lexeme);
    if (known === undefined) positions.set(lexeme, [index + 1]);
    else if (known.length < positions_max) known.push(index + 1);
  }
  if (positions.size === 0) return null;
  return [...positions].map(([lexeme, at]) => `${quoted(lexeme)}:${at.join(',')}`).join(' ');
}

/** The last letter of a run stands alone. */
function lexemeAt(words: readonly Word[], index: number, word: Word): string {
  const next = words[index + 1];
  return word.kind === 'letter' && next?.isJoined ? word.text + next.text : word.text;
}

/** As PostgreSQL reads a tsquery: all of the terms. `whole`: as if each word of them were typed to its end. */
export function tsqueryOf(chatId: string, terms: readonly Term[], whole = false): string {
  const parts: string[] = [];
  let room = asked_lexemes_max;
  for (const term of terms) {
    const lexemes = askedLexemes(term, whole).slice(0, room);
    room -= lexemes.length;
    if (lexemes.length > 0) parts.push(phraseOf(chatKey(chatId), lexemes));
  }
  return parts.join(' & ');
}

interface Asked {
  readonly lexeme: string;
  readonly index: number;
  readonly isBeginning: boolean;
}

/** Of joined letters the pairs alone: the last one may go on in the message. */
function askedLexemes({ words, isOpen }: Term, whole: boolean): Asked[] {
  return words.flatMap(({ text, kind, isJoined }, index): Asked[] => {
    const next = words[index + 1];
    const isLast = index === words.length - 1;
    if (kind !== 'letter') return [{ lexeme: text, index, isBeginning: isLast && isOpen && !whole }];
    if (next?.isJoined) {
      const isBeginning = isOpen && index === words.length - 2;
      return [{ lexeme: text + next.text, index, isBeginning }];
    }
    return isJoined ? [] : [{ lexeme: text, index, isBeginning: true }];
  });
}

function phraseOf(key: string, lexemes: readonly Asked[]): string {
  const [first, ...others] = lexemes.map(({ lexeme, index, isBeginning }) => {
    return { text: `${quoted(key + lexeme)}${isBeginning ? ':*' : ''}`, index };
  });
  let before = first!.index;
  const more = others.map(({ text, index }) => {
    const distance = index - before;
    before = index;
    return ` <${distance}> ${text}`;
  });
  return `(${first!.text}${more.join('')})`;
}

const quoted = (lexeme: string): string => `'${lexeme.replace(/['\\]/g, '$&$&')}'`;
