/** How many files, sockets among them, a process may have open: what bounds the connections of one gateway. */
import { readFileSync } from 'node:fs';

/** What a process has open beside its connections. */
const others_max = 500;

export class OpenFiles {
  constructor(readonly max: number) {}

  /** Throws, saying what can be done, when that many connections of one process cannot be. */
  mustHold(connections: number): void {
    if (connections + others_max <= this.max) return;
    throw new Error(
      `A process may have ${this.max} files open here, too few for ${connections} connections: raise it (ulimit -n), ask for fewer ` +
        'with --connections, or for more --gateways.',
    );
  }
}

/** Node raises its own limit to the hard one when it starts, so that one counts. */
export function parseOpenFiles(limits: string): OpenFiles {
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)?.[1];
  return new OpenFiles(hard === undefined || hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard));
}

export const openFilesOf = (pid: number): OpenFiles =>
  parseOpenFiles(readFileSync(`/proc/${pid}/limits`, 'utf8'));
