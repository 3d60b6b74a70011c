/** `npm run chat -- --script`: the built program plays a script to its end. */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { builtProgram } from './built.js';

export interface Played {
  readonly exitCode: number | null;
  readonly output: string;
  readonly errors: string;
}

/** The script comes from standard input, unless the arguments name a file. */
export async function playChatScript(args: readonly string[], script = ''): Promise<Played> {
  const program = join(dirname(builtProgram()), '../chat/main.js');
  const child = spawn(process.execPath, [program, '--script', ...args], { stdio: 'pipe' });
  let output = '';
  let errors = '';
  child.stdout.on('data', (text: Buffer) => (output += text.toString()));
  child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
  child.stdin.end(script);
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { exitCode, output, errors };
}
