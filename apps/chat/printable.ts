/**
 * What others wrote, made harmless for a terminal: control characters could move the cursor, rewrite lines, set the
 * clipboard or answer for the user; direction marks could make a text read as another one.
 */
export function printable(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n|[\n\r\u2028\u2029]/g, ' ⏎ ')
    .replace(/\t/g, ' ')
    .replace(/[\p{Cc}\p{Bidi_Control}]/gu, '');
}
