/**
 * A second checker of exported audits, which shares nothing with the first: it cuts the hash out of a line's text where the first
 * one parses and writes anew. Answers the number of the first line that is wrong, and null for a whole file.
 */
import { createHash } from 'node:crypto';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hashIn = /"hash":"([0-9a-f]{64})",/g;

export function wrongLineIn(file: Buffer): number | null {
  const text = file.toString('utf8');
  if (!Buffer.from(text).equals(file)) return lineOfDamage(file);
  const lines = text.split('\n');
  let [before, facts, hasEnded] = ['0'.repeat(64), 0, false];
  for (const [index, line] of lines.slice(0, -1).entries()) {
    const found = [...line.matchAll(hashIn)];
    const rest = line.replace(hashIn, '');
    const follows = rest.endsWith(`"line":${index + 1},"prev":"${before}"}`);
    if (hasEnded || found.length !== 1 || !follows || sha256(rest) !== found[0]![1]) return index + 1;
    hasEnded = rest.startsWith('{"end":');
    if (hasEnded && !rest.startsWith(`{"end":{"facts":${facts},`)) return index + 1;
    if (rest.includes('"fact":{')) facts += 1;
    before = found[0]![1]!;
  }
  return hasEnded && lines.at(-1) === '' ? null : lines.length;
}

/** Bytes that are no text. */
function lineOfDamage(file: Buffer): number {
  const lines = file.toString('latin1').split('\n');
  const isText = (line: string): boolean => {
    const bytes = Buffer.from(line, 'latin1');
    return Buffer.from(bytes.toString('utf8')).equals(bytes);
  };
  return lines.findIndex((line) => !isText(line)) + 1;
}
