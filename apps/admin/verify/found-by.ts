/**
 * What a message is found by, as a second opinion on libs/projections/search: letter by letter instead of by one expression.
 * Answers what PostgreSQL shows of the column, which is an index of words with their places; null: it is not in the index.
 */
const positions_max = 200;
const word_letters_max = 64;

interface Piece {
  text: string;
  readonly kind: 'spaced' | 'unbroken' | 'emoji';
  /** Nothing stands between it and the one before. */
  readonly follows: boolean;
}

export function foundBy(chatId: string, content: Record<string, unknown>): string | null {
  const written = { text: content['text'], media: content['caption'] }[content['type'] as 'text' | 'media'];
  const pieces = typeof written === 'string' ? piecesOf(written) : [];
  const places = new Map<string, number[]>();
  for (const [at, { text, kind }] of pieces.entries()) {
    const next = pieces[at + 1];
    const isPair = kind === 'unbroken' && next?.kind === 'unbroken' && next.follows;
    const word = `${chatId.slice(28)}${settled(text)}${isPair ? settled(next.text) : ''}`;
    places.set(word, [...(places.get(word) ?? []), at + 1]);
  }
  if (places.size === 0) return null;
  const sorted = [...places].toSorted(([one], [other]) =>
    Buffer.compare(Buffer.from(one), Buffer.from(other)),
  );
  return sorted.map(([word, at]) => `'${escaped(word)}':${at.slice(0, positions_max).join(',')}`).join(' ');
}

const escaped = (word: string): string => word.replaceAll('\\', '\\\\').replaceAll("'", "''");

function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let open: Piece | null = null;
  let flag: string | null = null;
  for (const one of text) {
    const kind: Piece['kind'] | 'mark' | 'flag' | 'other' = kindOf(one, open);
    if (kind === 'flag' && flag !== null) pieces.push({ text: flag + one, kind: 'emoji', follows: false });
    flag = kind === 'flag' && flag === null ? one : null;
    if (open !== null && (kind === 'mark' || (kind === 'spaced' && open.kind === 'spaced'))) {
      open.text += one;
      continue;
    }
    const follows = kind === 'unbroken' && open?.kind === 'unbroken';
    open = null;
    if (kind === 'mark' || kind === 'flag' || kind === 'other') continue;
    const piece: Piece = { text: one, kind, follows };
    pieces.push(piece);
    if (kind !== 'emoji') open = piece;
  }
  return pieces;
}

const scripts =
  'Han Hiragana Katakana Bopomofo Hangul Yi Thai Lao Khmer Myanmar Tibetan Tai_Le New_Tai_Lue Tai_Tham ' +
  'Tai_Viet Javanese Balinese';
const unbroken = scripts.split(' ').map((script) => new RegExp(`\\p{Script_Extensions=${script}}`, 'u'));

function kindOf(one: string, open: Piece | null): Piece['kind'] | 'mark' | 'flag' | 'other' {
  const isHalfWidthMark = one === 'ﾞ' || one === 'ﾟ';
  if (/\p{M}/u.test(one) || (isHalfWidthMark && open?.kind === 'unbroken')) return 'mark';
  if (/[\p{L}\p{N}]/u.test(one)) return unbroken.some((script) => script.test(one)) ? 'unbroken' : 'spaced';
  if (/\p{Regional_Indicator}/u.test(one)) return 'flag';
  return /\p{Extended_Pictographic}/u.test(one) ? 'emoji' : 'other';
}

/** U+0300 to U+036F and the vowel points of Hebrew and Arabic. */
const isAccent = (one: string): boolean => {
  const code = one.codePointAt(0)!;
  const within = (first: number, last: number) => code >= first && code <= last;
  return within(768, 879) || within(1425, 1479) || within(1552, 1562) || within(1611, 1631) || code === 1648;
};

const alike = new Map(Object.entries({ ø: 'o', ł: 'l', đ: 'd', æ: 'ae', œ: 'oe', ς: 'σ' }));

function settled(word: string): string {
  const bare = [...word.normalize('NFKD')].filter((one) => !isAccent(one)).join('');
  const small = [...bare.toUpperCase().toLowerCase()].map((one) => alike.get(one) ?? one).join('');
  return [...small.normalize('NFC')].slice(0, word_letters_max).join('');
}
