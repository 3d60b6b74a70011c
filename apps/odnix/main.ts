/**
 * `npm start`: everything in one process. Exit codes: 0 stopped as told, 1 failed, 2 a wrong option or setting.
 */
import { parseArguments } from './command-line.js';
import { runUntilStopped } from './run.js';
import { readSettings, SettingsError } from './settings.js';

try {
  parseArguments(process.argv);
  process.exitCode = await runUntilStopped(readSettings(process.env));
} catch (error) {
  const wrong = error instanceof SettingsError;
  console.error(wrong ? `Wrong setting:\n${error.message}` : (error as Error).message);
  process.exitCode = wrong ? 2 : 1;
}
// A library's forgotten timer must not keep a stopped server's process alive.
process.exit();
