/** What streams have lost, and going on without it: docs/epochs.md. */
import { OperationRefused, type AdminContext, type Operation } from '../operation.js';
import { WrongParameter } from '../parameters.js';
import { openEpoch, showEpoch } from './open-epoch.js';

interface Params {
  readonly open?: boolean;
  readonly evenIfWhole?: boolean;
}

interface Result {
  /** False: something is lost, or an epoch is half open. */
  readonly whole: boolean;
  readonly said: readonly string[];
}

export const epochOperation: Operation<Params, Result> = {
  name: 'epoch',
  summary: 'Shows what streams have lost of what was made of them; with --open goes on without it.',
  help:
    "Exit code 1 when anything is lost. Opening a new epoch cuts users' logs back to what the streams still tell, read models\n" +
    'are made anew, and clients take new snapshots (docs/epochs.md).',
  examples: [
    ['npm run admin -- epoch', 'shows what is lost; changes nothing'],
    [
      'npm run admin -- epoch --open --reason "disk of n2 lost, no copy"',
      'opens a new epoch; nothing may run',
    ],
  ],
  role: 'auditor',
  parameters: [
    {
      name: 'open',
      help: 'opens a new epoch, when anything is lost; nothing may run',
      role: 'operator',
    },
    { name: 'evenIfWhole', help: 'with --open: also when nothing is lost', role: 'operator' },
  ],
  check: ({ open, evenIfWhole }) => {
    if (evenIfWhole && !open) throw new WrongParameter('open', 'to be given too');
  },
  brokenOff: 'where it had begun nothing starts until the same command has gone on to its end',
  bootstraps: true,
  run: epoch,
  print: ({ said }) => said,
  exitCode: ({ whole }) => (whole ? 0 : 1),
};

async function epoch({ nats, db }: AdminContext, { open, evenIfWhole = false }: Params): Promise<Result> {
  const said: string[] = [];
  const say = (line: string): void => void said.push(line);
  if (!open) return { whole: (await showEpoch(nats, db, say)) === 0, said };
  const code = await openEpoch(nats, db, { even_if_whole: evenIfWhole }, say);
  if (code !== 0) throw new OperationRefused(said.join('\n'));
  return { whole: true, said };
}
