/** A process that makes load: told whom to be, then phase after phase. It ends with the bench. */
import { openSockets } from './sockets.js';
import { Load } from './load.js';
import type { Crowd, Phase } from './orders.js';

let load: Load | undefined;

process.on('message', async (order: Crowd | Phase) => {
  try {
    if ('rooms' in order) {
      load = new Load(order, await openSockets(order));
      process.send!({ done: null });
    } else process.send!({ done: await load!.run(order) });
  } catch (error) {
    process.send!({ failed: String(error) });
  }
});
process.on('disconnect', () => process.exit());
