/** A WebSocket server that knows nothing: sends a frame to the next part of its sockets, evenly, and tells when. */
import { WebSocketServer } from 'ws';

const frame = Buffer.from(process.env['FRAME'] ?? '');
const periodMs = Number(process.env['PERIOD_MS']);
const ticks = Number(process.env['TICKS']);

const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
server.once('listening', () => process.send!({ port: (server.address() as { port: number }).port }));
let tick = 0;
setInterval(() => {
  const sockets = [...server.clients];
  const size = Math.ceil(sockets.length / ticks);
  const part = tick++ % ticks;
  const stamp = String(performance.timeOrigin + performance.now())
    .padEnd(20)
    .slice(0, 20);
  const stamped = Buffer.concat([Buffer.from(stamp), frame]);
  for (const socket of sockets.slice(part * size, (part + 1) * size)) socket.send(stamped, { binary: false });
}, periodMs / ticks);
