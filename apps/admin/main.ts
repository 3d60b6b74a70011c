/** `npm run admin`: what an operator does to an installation. Exit codes: 0 done, 1 failed or drift found, 2 wrong usage. */
import { usage_exit_code } from '#process/command-line.js';
import { SettingsError } from '#process/settings.js';
import { runCommand } from './command-line.js';

try {
  process.exitCode = await runCommand(process.argv);
} catch (error) {
  const wrong = error instanceof SettingsError;
  console.error(wrong ? `Wrong setting:\n${error.message}` : (error as Error).message);
  process.exitCode = wrong ? usage_exit_code : 1;
}
process.exit();
