/**
 * Asks the registry for known vulnerabilities of what the lock file holds. Exit codes: 0 none of high severity; 1 there are; 3 it could
 * not be asked, which is said and is no answer: ask again where the registry can be reached.
 */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const could_not_ask = 3;
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { error, stdout } = spawnSync('npm', ['audit', '--json', '--audit-level=high'], {
  cwd: root,
  encoding: 'utf8',
  timeout: 60_000,
});
const answer = parsed(stdout);
const counts = answer?.metadata?.vulnerabilities;
if (counts === undefined) {
  const why = error?.message || answer?.error?.summary || answer?.message || 'no answer';
  console.error(`The registry could not be asked: ${why}. Whether anything is known is not known.`);
  process.exit(could_not_ask);
}
const bad = Object.values(answer.vulnerabilities).filter(({ severity }) =>
  ['high', 'critical'].includes(severity),
);
for (const { name, range, severity } of bad) console.error(`${severity}: ${name} ${range}`);
console.log(
  `Known: ${counts.critical} critical, ${counts.high} high, ${counts.moderate} moderate, ${counts.low} low.`,
);
process.exit(bad.length > 0 ? 1 : 0);

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
