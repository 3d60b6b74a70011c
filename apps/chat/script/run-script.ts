import { readFileSync } from 'node:fs';
import { directoryOf, type ChatOptions } from '../command-line.js';
import type { DeviceOptions } from '../device.js';
import { Failure } from './failure.js';
import { parseScript } from './parse-script.js';
import { playScript } from './play-script.js';

const standard_input = 0;

/** `--script`: plays the file. Resolves with the exit code; what did not go as it says stands on standard error. */
export async function runScript(options: ChatOptions, file: string): Promise<number> {
  const steps = parseScript(textOf(file), options.phone !== undefined);
  const { url, data, pace } = options;
  const own = ownDevice(options);
  const directory = own === null ? (data ?? null) : null;
  const failure = await playScript(steps, {
    url,
    directory,
    paceMs: pace,
    own,
    interrupted: whenInterrupted(),
  });
  if (failure === null) return 0;
  const name = file === '-' ? 'standard input' : file;
  console.error(`\n${name}, ${failure.message}`);
  for (const row of failure.shown) console.error(`    ${row}`);
  return 1;
}

function whenInterrupted(): Promise<never> {
  return new Promise((_resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => reject(new Failure('interrupted.', [])));
  });
}

function ownDevice(options: ChatOptions): DeviceOptions | null {
  const { url, phone, name, device, fresh } = options;
  if (phone === undefined) return null;
  const named = name === undefined ? {} : { name };
  return { url, phone, ...named, device, directory: directoryOf(options, phone), fresh };
}

function textOf(file: string): string {
  try {
    return readFileSync(file === '-' ? standard_input : file, 'utf8');
  } catch (error) {
    throw new Error(`The script cannot be read: ${(error as Error).message}`);
  }
}
