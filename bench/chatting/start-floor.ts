/** The floor of conversations: the same chats and people, in streams of its own, its messages as large as the app's. */
import { join } from 'node:path';
import { Child } from '../support/child.js';
import type { System } from '../support/system.js';
import { makeFloorStreams } from './floor-streams.js';
import type { FloorOrder } from './floor.js';
import type { Conversations } from './conversations.js';
import { storedSizes } from './stored-sizes.js';

export async function startFloor(
  { nc, servers, options }: System,
  { people, rooms, outstanding }: Pick<Conversations, 'people' | 'rooms' | 'outstanding'>,
): Promise<Child> {
  const { streams } = options;
  await makeFloorStreams(nc, streams, servers.nats.length);
  for (const nats of servers.nats) nats.streamsMade();
  const order: FloorOrder = {
    natsUrl: servers.natsUrl,
    streams,
    ...(await storedSizes(nc, streams)),
    rooms: rooms.map(({ chatId, members, senders }) => ({
      chatId,
      userIds: members.map((index) => people[index]!.user_id),
      outstanding: senders.length * outstanding,
    })),
  };
  const floor = Child.start('floor', join(import.meta.dirname, 'floor-process.ts'));
  await floor.ask(order);
  return floor;
}
