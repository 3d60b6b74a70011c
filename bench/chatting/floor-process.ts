/** The floor in a process of its own: told what to append, then for how many seconds, again and again. It ends with the bench. */
import { connectNats } from '#streams/connection.js';
import { Floor, type FloorOrder } from './floor.js';

let floor: Floor | undefined;

process.on('message', async (order: FloorOrder | { readonly seconds: number }) => {
  try {
    if ('natsUrl' in order) {
      floor = new Floor(await connectNats(order.natsUrl, { name: 'bench-floor' }), order);
      process.send!({ done: null });
    } else process.send!({ done: await floor!.run(order.seconds) });
  } catch (error) {
    process.send!({ failed: String(error) });
  }
});
process.on('disconnect', () => process.exit());
