/** `audit check FILE`: runs anywhere, and asks no server. */
import { createReadStream } from 'node:fs';
import type { Command } from 'commander';
import { usage_exit_code } from '#process/command-line.js';
import { command } from '../terminal/operation-command.js';
import { printable } from '../table.js';
import { checkChain, type Checked } from './check-chain.js';

const hash_expected =
  '64 hex digits, as the export said at its end, and as actions list and audit log show them';

export function addAuditCheck(audit: Command): void {
  const check = command('check')
    .summary('Checks a file that an audit wrote with --lines.')
    .description(
      'Checks that nothing in an exported audit was changed, taken away, moved or added. Needs no server and no settings. Whoever could ' +
        'write the whole file anew could chain it anew: --hash compares its end with what was kept elsewhere. Exit code 1: it is not whole.',
    )
    .argument('<file>', 'what audit message, chat or user wrote')
    .option('--hash <digits>', `what its last line must have: ${hash_expected}`)
    .option('--json', 'prints one JSON document')
    .action(async (file: string, { hash, json }: { hash?: string; json?: boolean }) => {
      if (hash !== undefined && !/^[0-9a-f]{64}$/.test(hash)) {
        console.error(`--hash: expected ${hash_expected}`);
        process.exitCode = usage_exit_code;
        return;
      }
      const checked = against(await checkChain(createReadStream(file)), hash);
      console.log(json === true ? JSON.stringify(checked) : printed(checked).join('\n'));
      process.exitCode = checked.is_whole ? 0 : 1;
    });
  audit.addCommand(check);
}

function against(checked: Checked, hash: string | undefined): Checked {
  if (!checked.is_whole || hash === undefined || hash === checked.final_hash) return checked;
  return { ...checked, is_whole: false, problem: `it ends with ${checked.final_hash}, and not as expected` };
}

function printed({ is_whole, line, problem, facts, erased, final_hash, head }: Checked): string[] {
  if (!is_whole) return [`NOT whole${line === null ? '' : `: line ${line}`}: ${problem}`];
  return [
    `whole: ${facts} facts${erased === 0 ? '' : `, ${erased} of them erased when it was made`}`,
    `made of: ${printable(JSON.stringify(head))}`,
    `its last line's hash: ${final_hash}`,
  ];
}
