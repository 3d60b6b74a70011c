/** A process that never stops by itself, once told to: `STOP_MS_MAX` in the environment is how long it may take. */
import { runProcess } from '#process/run-process.js';

await runProcess({
  name: 'stubborn',
  does: 'Nothing, for ever.',
  settings: [],
  start: async () => ({ checks: { required: {} }, stop: () => new Promise(() => undefined) }),
  stop_ms_max: Number(process.env['STOP_MS_MAX']),
});
