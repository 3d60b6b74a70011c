/** A process that holds thousands of sockets and does nothing on them but say now and then that it is there. It ends with the bench. */
import { once } from 'node:events';
import { inLanes } from '../support/lanes.js';
import { Durations } from '../support/percentiles.js';
import { openSocket, opened_at_once, type OpenSocket } from '../chatting/sockets.js';
import type { Held, IdleOrder, Opened } from './orders.js';

/** As many as a listening socket lets wait. */
const again_at_once = 500;

let held: Held | undefined;
let open: OpenSocket[] = [];

process.on('message', async (order: IdleOrder) => {
  try {
    if ('sockets' in order) held = order;
    process.send!({ done: 'leave' in order ? await left() : await opened() });
  } catch (error) {
    process.send!({ failed: String(error) });
  }
});
process.on('disconnect', () => process.exit());

/** Hundreds at once when all of them have lost their connections, each where it stood before. */
async function opened(): Promise<Opened> {
  const { to, sockets } = held!;
  const lanes = open.length === 0 ? opened_at_once : again_at_once;
  for (const { socket } of open) socket.terminate();
  const before = open;
  const opening = new Durations();
  open = await inLanes(lanes, sockets.length, (index) =>
    opening.time(() => openSocket(to, { ...sockets[index]!, syncToken: before[index]?.syncToken })),
  );
  return { opening: opening.encoded() };
}

async function left(): Promise<null> {
  await Promise.all(open.map(({ socket }) => (socket.terminate(), once(socket, 'close'))));
  open = [];
  return null;
}
