import { resolve } from 'node:path';
import type { Operation } from '../operation.js';
import { WrongParameter } from '../parameters.js';
import { parseReplicas, replicas_expected } from '../replicas.js';
import { checkBackup } from './check-backup.js';
import { sizeOf, type Manifest } from './manifest.js';
import { confirmation } from './may-be-restored.js';
import { restoreBackup, type Restored } from './restore-backup.js';
import { takeBackup } from './take-backup.js';

const help = 'docs/backup.md tells what is in it, what is not, and how it is kept.';

/** What there is to be told of a backup; the manifest has the rest. */
export interface BackupSummary {
  readonly directory: string;
  readonly begun_at: string;
  readonly ended_at: string;
  readonly epoch: number;
  readonly bytes: number;
  readonly streams: number;
  readonly messages: number;
  readonly tables: number;
  readonly rows: number;
}

interface InDirectory {
  readonly directory: string;
}

/** npm runs every command in the clone, and tells where it was typed. */
const fromHere = (text: string): string => resolve(process.env['INIT_CWD'] ?? '', text);

const directoryOf = (whose: string) =>
  ({
    name: 'directory',
    help: whose,
    value: 'directory',
    parse: fromHere,
    positional: true,
    required: true,
  }) as const;

export const backupOperation: Operation<InDirectory, BackupSummary> = {
  name: 'backup',
  summary: 'Copies everything into a directory, while everything goes on.',
  help,
  examples: [
    [
      'npm run admin -- backup /backups/monday --reason nightly',
      'a new directory, which only its owner can read',
    ],
  ],
  role: 'operator',
  brokenOff: 'the directory holds no backup yet; the same command begins it anew',
  parameters: [directoryOf('is made; one that holds anything but an unfinished backup is refused')],
  run: async (context, { directory }) => summary(directory, await takeBackup(context, directory)),
  print: (result) => ['Backed up:', ...lines(result)],
};

export const backupCheckOperation: Operation<InDirectory, BackupSummary> = {
  name: 'backup check',
  summary: 'Reads a backup through, and tells whether it could be restored. Restores nothing.',
  help,
  examples: [['npm run admin -- backup check /backups/monday', 'after it was moved, say']],
  role: 'auditor',
  parameters: [directoryOf('where the backup is')],
  run: async (context, { directory }) => summary(directory, await checkBackup(context, directory)),
  print: (result) => ['Whole:', ...lines(result)],
};

interface RestoreParams extends InDirectory {
  readonly replace?: boolean;
  readonly confirm?: string;
  readonly replicas?: number;
}

export const restoreOperation: Operation<RestoreParams, BackupSummary> = {
  name: 'restore',
  summary: 'Fills empty servers from a backup, and opens a new epoch. Nothing may run.',
  help: `Interrupted, it is run again. ${help}`,
  examples: [
    [
      'npm run admin -- restore /backups/monday --reason "disk lost"',
      'into servers that hold nothing, or were only set up',
    ],
    [
      `npm run admin -- restore /backups/monday --replace --confirm ${confirmation} --reason drill`,
      'what they hold is lost',
    ],
  ],
  role: 'operator',
  parameters: [
    directoryOf('where the backup is'),
    { name: 'replace', help: 'gives up what the servers hold' },
    { name: 'confirm', help: `with --replace: the word ${confirmation}`, value: 'word' },
    {
      name: 'replicas',
      help: 'servers that keep a copy of each stream (default: as they are; 1 for new ones)',
      value: 'count',
      expected: replicas_expected,
      parse: parseReplicas,
    },
  ],
  brokenOff:
    'the servers may hold a part of the backup, and nothing starts on them until a restore has ended',
  bootstraps: true,
  check: ({ replace = false, confirm }) => {
    if (replace && confirm !== confirmation)
      throw new WrongParameter('confirm', `the word ${confirmation}: what the servers hold is lost`);
  },
  run: async (context, { directory, replace = false, replicas }) => {
    const options = { replace, ...(replicas === undefined ? {} : { replicas }) };
    return restored(directory, await restoreBackup(context, directory, options));
  },
  print: (result) => [
    'Restored:',
    ...lines(result),
    'Next: start everything. Devices take a new snapshot by themselves.',
  ],
};

const restored = (directory: string, { manifest, epoch }: Restored): BackupSummary => ({
  ...summary(directory, manifest),
  epoch,
});

function summary(directory: string, manifest: Manifest): BackupSummary {
  const { begun_at, ended_at, epoch, streams, tables } = manifest;
  return {
    directory,
    begun_at,
    ended_at,
    epoch,
    bytes: sizeOf(manifest),
    streams: streams.length,
    messages: streams.reduce((sum, { state }) => sum + state.messages, 0),
    tables: tables.length,
    rows: tables.reduce((sum, { rows }) => sum + rows, 0),
  };
}

const lines = (one: BackupSummary): readonly string[] => [
  `  ${one.directory}: ${(one.bytes / 1e6).toFixed(1)} MB, begun ${one.begun_at}, ended ${one.ended_at}`,
  `  ${one.streams} streams with ${one.messages} messages or more, ${one.tables} tables with ${one.rows} rows, epoch ${one.epoch}`,
];
