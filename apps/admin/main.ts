/**
 * `npm run admin`: what an operator does to an installation. Exit codes: 0 done, 1 failed or something was found, 2 wrong usage,
 * 130 ended by Ctrl-C.
 */
import { usage_exit_code } from '#process/command-line.js';
import { SettingsError } from '#process/settings.js';
import { commandLine } from './command-line.js';
import { operations } from './operations.js';
import { runInvocation } from './terminal/run-invocation.js';

try {
  const program = commandLine(operations, async (invocation) => {
    process.exitCode = await runInvocation(invocation);
  });
  await program.parseAsync(process.argv);
} catch (error) {
  const wrong = error instanceof SettingsError;
  console.error(wrong ? `Wrong setting:\n${error.message}` : (error as Error).message);
  process.exitCode = wrong ? usage_exit_code : 1;
}
// What was printed may still be on its way to a pipe.
process.stdout.write('', () => process.exit());
