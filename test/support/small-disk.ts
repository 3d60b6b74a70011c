/** A disk of its own for one directory, in memory, that a test may fill to the last byte and free again. Takes root. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, statfsSync } from 'node:fs';

export interface SmallDisk {
  /** Nothing more can be written. */
  fill(): void;
  free(): void;
  /** Everything on it is gone. */
  unmount(): void;
}

export interface SmallDiskOptions {
  readonly bytes_max: number;
  /** Whose it is; by default root's. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

const attempts_max = 20;
const page_bytes = 4_096;

/** Null, with the reason told, where mounting is refused. The directory must be empty or missing. */
export function mountSmallDisk(
  directory: string,
  { bytes_max, owner = { uid: 0, gid: 0 } }: SmallDiskOptions,
  refused: (why: string) => void,
): SmallDisk | null {
  mkdirSync(directory, { recursive: true });
  const options = `size=${bytes_max},mode=0700,uid=${owner.uid},gid=${owner.gid}`;
  const mount = (args: readonly string[]): void => {
    execFileSync('mount', [...args, directory], { stdio: 'pipe' });
  };
  try {
    mount(['-t', 'tmpfs', '-o', options, 'small-disk']);
  } catch (error) {
    refused((error as Error).message.trim());
    return null;
  }
  return {
    fill: () => shrink(directory, mount),
    free: () => mount(['-o', `remount,size=${bytes_max}`]),
    unmount: () => void execFileSync('umount', ['--lazy', directory], { stdio: 'pipe' }),
  };
}

/** To what is used: as full as with a file that takes the rest, without the memory for it. It is written to meanwhile. */
function shrink(directory: string, mount: (args: readonly string[]) => void): void {
  for (let attempt = 1; ; attempt++) {
    const { blocks, bfree, bsize } = statfsSync(directory);
    const bytes = (blocks - bfree) * bsize + (attempt - 1) * 16 * page_bytes;
    try {
      return mount(['-o', `remount,size=${bytes}`]);
    } catch (error) {
      if (attempt === attempts_max) throw error;
    }
  }
}
