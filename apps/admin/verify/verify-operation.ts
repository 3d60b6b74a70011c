/** `projections verify`: are the read models what the streams say? */
import type { Operation } from '../operation.js';
import type { Compared, DecidingEvent, Difference } from './compare-table.js';
import { folds } from './folds.js';
import { verifyTargets, type Verified } from './verify-targets.js';

export interface VerifyParams {
  readonly projections?: readonly string[];
  readonly build?: string;
}

const names = [...new Set(folds.map(({ projection }) => projection))];

export const verifyOperation: Operation<VerifyParams, Verified> = {
  name: 'projections verify',
  summary: 'Folds the streams anew, independently of the projector, and compares the read models row by row.',
  help:
    'Exact while people write. Takes a scratch schema in the database for as long as it runs (about 300 bytes a message); what ' +
    'people wrote is compared and shown as hashes only. Exit code 1 when anything differs or a stream is damaged.',
  examples: [
    ['npm run admin -- projections verify', 'all read models against the streams'],
    ['npm run admin -- projections verify chats,request_ids', 'two of them'],
    ['npm run admin -- projections verify chats --build chats_v1_b2', 'a build that is not live'],
  ],
  role: 'auditor',
  parameters: [
    {
      name: 'projections',
      help: 'which, several with commas between; all unless given',
      value: 'projections',
      positional: true,
      parse: namesIn,
      expected: `some of ${names.join(', ')}`,
    },
    { name: 'build', help: 'the schema of a build to look at instead of the live one', value: 'schema' },
  ],
  run: (context, { projections = [], build }) => verifyTargets(context, { projections, build }),
  print: printVerified,
  exitCode: (verified) => (isEqual(verified) ? 0 : 1),
};

function namesIn(given: string): readonly string[] | undefined {
  const chosen = given.split(',');
  return chosen.every((name) => names.includes(name)) ? chosen : undefined;
}

export const isEqual = ({ tables, damage }: Verified): boolean =>
  damage.count === 0 && tables.every((table) => differenceCount(table) === 0);

const differenceCount = ({ missing, surplus, differing }: Compared): number => missing + surplus + differing;

function printVerified(verified: Verified): readonly string[] {
  const { messages, tables, damage } = verified;
  const width = Math.max(...tables.map(({ table }) => table.length));
  const verdict = isEqual(verified)
    ? 'Equal: the read models are what the streams say.'
    : 'Not equal. docs/verify.md says what to do.';
  return [
    `${messages} messages read`,
    ...tables.map((table) => tableLine(table, width)),
    ...tables.flatMap(({ table, first }) => first.flatMap((one) => differenceLines(table, one))),
    ...(damage.count === 0 ? [] : [`damage in the streams: ${damage.count}`]),
    ...damage.first.map(({ stream, sequence, what }) => `  ${stream} ${sequence}: ${what}`),
    verdict,
  ];
}

function tableLine(compared: Compared, width: number): string {
  const { table, rows, missing, surplus, differing } = compared;
  const equal = differenceCount(compared) === 0;
  const verdict = equal ? 'equal' : `${differing} differ, ${missing} missing, ${surplus} too many`;
  return `${table.padEnd(width)}  ${String(rows).padStart(10)} rows  ${verdict}`;
}

function differenceLines(table: string, { is, key, columns, events }: Difference): readonly string[] {
  const columnLines = Object.entries(columns).map(
    ([name, { is: stands, must }]) => `    ${name}: is ${shown(stands)}, must be ${shown(must)}`,
  );
  const decidedBy = events.length === 0 ? 'nothing in the streams' : events.map(placeOf).join(', ');
  return [`${is} in ${table}: ${keyText(key)}`, ...columnLines, `    decided by ${decidedBy}`];
}

const shown = (value: unknown): string => (value === null ? 'nothing' : String(value));
const keyText = (key: Difference['key']): string =>
  Object.entries(key)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ');
const placeOf = ({ stream, sequence, index, type }: DecidingEvent): string =>
  `${stream} ${sequence}.${index} ${type}`;
