import { setFlagsFromString } from 'node:v8';

/**
 * V8 optimizes nothing more in the background: for a process that has been told to end. One that ends while V8 does may never end:
 * the compiling thread waits for memory that only a collection by the main thread gives, and the main thread waits, ending, for
 * that thread (nodejs/node#54918). No timer of ours can help then. What is being compiled now is done before a stop is.
 */
export function stopCompiling(): void {
  for (const flag of ['--no-maglev', '--no-turbofan']) setFlagsFromString(flag);
}
