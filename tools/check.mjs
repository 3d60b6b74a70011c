/**
 * The gate: every step as `npm run <step>`, as many at once as there are processors. What a step says is shown whole when it has
 * ended; all are gone through, and one that fails is named in the end.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';

/** The longest first. */
const steps = ['typecheck', 'format:check', 'boundaries', 'unused', 'lint', 'licences', 'build'];
const failed = [];

async function run(step) {
  const child = spawn('npm', ['run', '--silent', step], { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = [];
  for (const output of [child.stdout, child.stderr]) output.on('data', (text) => said.push(text));
  const [code] = await once(child, 'close');
  console.log(`${step}: ${code === 0 ? 'ok' : 'failed'}`);
  process.stdout.write(Buffer.concat(said));
  if (code !== 0) failed.push(step);
}

const waiting = [...steps];
await Promise.all(
  Array.from({ length: availableParallelism() }, async () => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) await run(step);
  }),
);
if (failed.length > 0) {
  console.error(`Failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}
