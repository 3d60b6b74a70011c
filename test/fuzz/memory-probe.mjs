/** Loaded into the server that is fuzzed: on SIGUSR2 it collects its garbage and says what it holds then. */
import { writeSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

process.on('SIGUSR2', () => {
  collect();
  collect();
  const { heapUsed, rss, external } = process.memoryUsage();
  writeSync(2, `memory ${JSON.stringify({ heapUsed, rss, external })}\n`);
});
