/** An app's clock set forward or back, by the file that test/support/shifted-clock.mjs looks at. */
import { writeFileSync } from 'node:fs';
import type { Random } from '../../support/random.js';
import type { Fault } from './fault.js';

/** Below the 30 s that a client's clock may be ahead, where nobody is refused; and far beyond. */
const shifts_ms_max = [25_000, 180_000] as const;

export function setClock(name: string, file: string, chance: Random): Fault {
  return {
    kind: 'set clock',
    name: `set clock of ${name}`,
    closes: [],
    begin: async () => {
      const shift_ms = (chance.integer(2) === 0 ? 1 : -1) * chance.integer(chance.pick(shifts_ms_max));
      writeFileSync(file, String(shift_ms));
      return `by ${shift_ms} ms`;
    },
    end: async () => writeFileSync(file, '0'),
  };
}
