/** One invocation on a terminal or in a script: connects, runs it, prints; resolves with the exit code. */
import { once } from 'node:events';
import { userInfo } from 'node:os';
import { usage_exit_code } from '#process/command-line.js';
import { SettingsError } from '#process/settings.js';
import { failureOf, type Failure } from '../failure.js';
import { openMeans } from '../open-means.js';
import type { AdminContext, AnyOperation, Progress } from '../operation.js';
import { fieldOf, flagOf } from '../parameters.js';
import { checkRequest, runOperation, type OperationRequest } from '../run-operation.js';
import { interrupted_exit_code, onInterrupt } from './interrupt.js';
import { program_name, type Invocation } from './operation-command.js';
import { progressView } from './progress-view.js';
import { where } from './where.js';

export async function runInvocation(invocation: Invocation): Promise<number> {
  const { operation, isJson } = invocation;
  const view = progressView(isJson, process.stderr);
  const say = (line: string): void => {
    view.clear();
    process.stderr.write(isJson ? `${JSON.stringify({ said: line })}\n` : `${line}\n`);
  };
  const signal = onInterrupt(say);
  try {
    const progress = (one: Progress): void => view.show(one);
    let hasLines = false;
    const emit = async (line: string): Promise<void> => {
      hasLines = true;
      if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain');
    };
    const result = await run(invocation, { signal, say, progress, emit });
    view.clear();
    // What an operation prints is made of its own results.
    const lines = isJson ? [JSON.stringify(result)] : operation.print(result as never);
    // Lines that were given out are the output, and nothing comes behind them.
    if (lines.length > 0) (hasLines ? process.stderr : process.stdout).write(`${lines.join('\n')}\n`);
    return operation.exitCode?.(result as never) ?? 0;
  } catch (error) {
    view.clear();
    return tellFailure(error, signal, invocation);
  }
}

async function run(
  { operation, given, reason }: Invocation,
  watching: Pick<AdminContext, 'signal' | 'say' | 'progress' | 'emit'>,
): Promise<object> {
  const caller = { name: userInfo().username, role: 'operator', via: 'cli' } as const;
  const request: OperationRequest = { operation, given, reason, caller };
  checkRequest(request);
  const means = await openMeans(where(process.env));
  try {
    return await runOperation(request, { ...means, ...watching });
  } finally {
    await means.close();
  }
}

function tellFailure(error: unknown, signal: AbortSignal, { operation, isJson }: Invocation): number {
  if (error instanceof SettingsError) {
    const text = `Wrong setting:\n${error.message}`;
    if (isJson) process.stdout.write(`${JSON.stringify({ error: { code: 'SETTINGS', message: text } })}\n`);
    else process.stderr.write(`${text}\n`);
    return usage_exit_code;
  }
  const failure = failureOf(error, signal);
  if (isJson) process.stdout.write(`${JSON.stringify({ error: failure })}\n`);
  else process.stderr.write(`${asTyped(failure, operation)}\n`);
  if (signal.aborted) return interrupted_exit_code;
  return failure.code === 'INVALID_PARAMS' ? usage_exit_code : 1;
}

/** What is wrong, named as it is typed here: `max_behind` is `--max-behind`. */
function asTyped({ field, expected, message }: Failure, { name, parameters }: AnyOperation): string {
  if (field === undefined) return message;
  const parameter = parameters.find((one) => fieldOf(one) === field);
  const typed = parameter?.positional ? `<${field}>` : flagOf(parameter ?? { name: field });
  return `${typed}: expected ${expected}\n(${program_name} ${name} --help tells what there is)`;
}
