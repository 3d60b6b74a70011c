import { expect, test } from 'vitest';
import { printable } from './printable.js';

test.for([
  ['\u001b[2Jgone', '[2Jgone'],
  ['\u001b]52;c;cm0gLXJm\u0007clipboard', ']52;c;cm0gLXJmclipboard'],
  ['\u009b31mred', '31mred'],
  ['over\rwritten\b\b', 'over ⏎ written'],
  ['two\r\nlines\nthree', 'two ⏎ lines ⏎ three'],
  ['a\tb\u0000c\u007f', 'a bc'],
  ['\u202eevil\u2066', 'evil'],
  ['half \ud800', 'half \ufffd'],
  ['👩‍👩‍👧 ❤️ 🇩🇪 grüße 日本', '👩‍👩‍👧 ❤️ 🇩🇪 grüße 日本'],
])('%j is shown as %j', ([text, shown]) => {
  expect(printable(text!)).toBe(shown);
});
