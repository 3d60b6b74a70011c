/** A server that cannot write a byte. */
import type { SmallDisk } from '../../support/small-disk.js';
import type { Fault, Processes } from './fault.js';

/** What a server that met a full disk can do afterwards is its own affair: it is started again once there is room. */
export const fillDisk = (processes: Processes, name: string, disk: SmallDisk): Fault => ({
  kind: 'fill disk',
  name: `fill disk of ${name}`,
  closes: [],
  begin: async () => disk.fill(),
  end: async () => {
    disk.free();
    await processes.stop(name);
    await processes.start(name);
  },
});
