/**
 * A reporter whose line is the last of the output: `N passed, N failed`, and how many were skipped if any were. Before it stands which
 * Jaeger and Prometheus were used, or what was not tried without them.
 */
import type { SerializedError } from 'vitest';
import type { Reporter, TestModule } from 'vitest/node';
import { findProgram } from '../../tools/observability/programs.js';

export default class ClosingLine implements Reporter {
  private line = '0 passed, 1 failed'; // Until a run has ended, none has succeeded.

  onInit(): void {
    process.once('exit', () => console.log([...watchedWith(), this.line].join('\n')));
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const states = modules
      .flatMap((module) => [...module.children.allTests()])
      .map((test) => test.result().state);
    const count = (state: string) => states.filter((one) => one === state).length;
    // A file that cannot be loaded, a failing hook, or an error outside every test fails the run without a failing test.
    const brokenModules = modules.filter((module) => !module.ok() && !hasFailedTest(module)).length;
    const failed = count('failed') + brokenModules + unhandledErrors.length;
    const skipped = count('skipped') + count('pending');
    this.line = `${count('passed')} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
  }
}

const watchedWith = (): string[] =>
  (['jaeger', 'prometheus'] as const).map((name) => {
    const program = findProgram(name);
    if (program !== undefined) return `${name}: ${program}`;
    return `${name}: NOT HERE, so nothing was tried with it (test/observability/${name}*). npm run test:observability fetches it and tries.`;
  });

function hasFailedTest(module: TestModule): boolean {
  return [...module.children.allTests('failed')].length > 0;
}
