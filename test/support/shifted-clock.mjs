/**
 * Loaded before a program (`NODE_OPTIONS=--import=...`), it lets a test set that program's clock: `TEST_CLOCK_FILE` holds the
 * milliseconds to add, and is looked at again and again. Timers go by another clock, as they do on a machine whose time is set.
 */
import { readFileSync } from 'node:fs';

const look_ms = 100;
const file = process.env.TEST_CLOCK_FILE;
const realNow = Date.now;
let shift_ms = 0;

const look = () => {
  try {
    shift_ms = Number(readFileSync(file, 'utf8')) || 0;
  } catch {
    shift_ms = 0;
  }
};

if (file !== undefined) {
  look();
  setInterval(look, look_ms).unref();
  Date.now = () => realNow() + shift_ms;
  globalThis.Date = new Proxy(Date, {
    construct: (RealDate, args, target) =>
      Reflect.construct(RealDate, args.length === 0 ? [RealDate.now()] : args, target),
  });
}
