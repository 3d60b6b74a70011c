/** The least that pushing can cost: a bare WebSocket server that sends a room's frames on to its others, stores nothing and checks nothing. */
import { WebSocketServer, type WebSocket } from 'ws';
import { answeredBy, room_digits } from './frames.js';

type Rooms = readonly (readonly number[])[];

const sockets: WebSocket[] = [];
let rooms: Rooms = [];

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
server.on('connection', (socket, { url = '' }) => {
  const index = Number(new URL(url, 'ws://relay').searchParams.get('index'));
  sockets[index] = socket;
  socket.on('error', () => undefined);
  socket.on('message', (data) => relay(index, socket, data as Buffer));
});

function relay(sender: number, socket: WebSocket, data: Buffer): void {
  const room = Number(data.toString('latin1', 0, room_digits));
  const frame = data.subarray(room_digits);
  for (const member of rooms[room] ?? [])
    if (member !== sender) sockets[member]?.send(frame, { binary: false });
  socket.send(`{"jsonrpc":"2.0","id":${answeredBy(frame)},"result":{}}`);
}

process.on('message', (order: { readonly rooms: Rooms }) => {
  rooms = order.rooms;
  const tell = () => process.send!({ done: (server.address() as { port: number }).port });
  if (server.address() === null) server.once('listening', tell);
  else tell();
});
process.on('disconnect', () => process.exit());
