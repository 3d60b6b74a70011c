/** `erasure sweep`. */
import type { Operation } from '../operation.js';
import { sweep, type SweepResult } from './sweep.js';

interface SweepParams {
  readonly dryRun?: boolean;
  readonly fromStart?: boolean;
}

export const sweepOperation: Operation<SweepParams, SweepResult> = {
  name: 'erasure sweep',
  summary: 'Erases deleted messages from every byte of streams and read models.',
  help:
    'Runs by itself every day; this is for not waiting. May be interrupted, and goes on where it was. Exit code 1 when something has to\n' +
    'wait, which the next sweep does (docs/erasure.md).',
  examples: [
    ['npm run admin -- erasure sweep --dry-run --reason "before a visit"', 'what there is to erase'],
    ['npm run admin -- erasure sweep --reason "asked for by a user"', 'now, not tonight'],
    [
      'npm run admin -- erasure sweep --from-start --reason "streams restored"',
      'without trusting what was swept',
    ],
  ],
  role: 'operator',
  brokenOff: 'what is erased is erased; the next sweep does the rest',
  parameters: [
    { name: 'dryRun', help: 'only tells what it would erase' },
    { name: 'fromStart', help: 'looks at every tombstone again, also at those heeded before' },
  ],
  run: (context, { dryRun = false, fromStart = false }) => sweep(context, { dryRun, fromStart }),
  print: ({ dry_run, deleted, chats, erased, rewritten, longest_lock_ms, seconds, waits }) => [
    `${deleted} deleted messages in ${chats} chats: ${erased} decisions ${dry_run ? 'to erase' : 'erased'}`,
    ...(dry_run
      ? []
      : [`${rewritten} tables written anew, none locked for more than ${longest_lock_ms.toFixed(0)} ms`]),
    `${seconds.toFixed(1)} s`,
    ...waits.map((wait) => `waits: ${wait}`),
  ],
  exitCode: ({ waits }) => (waits.length === 0 ? 0 : 1),
};
