/** The bare relay, with drivers of its own: the same load on a server that stores nothing. */
import { join } from 'node:path';
import { Child } from '../support/child.js';
import { Drivers } from './drivers.js';
import type { Crowd } from './orders.js';

export interface Relay {
  readonly pid: number;
  readonly drivers: Drivers;
  end(): Promise<unknown>;
}

export async function startRelay({ sockets, rooms }: Crowd): Promise<Relay> {
  const child = Child.start('relay', join(import.meta.dirname, 'relay-process.ts'));
  const port = await child.ask<number>({ rooms: rooms.map(({ members }) => members) });
  const url = (index: number) => `ws://127.0.0.1:${port}/?index=${index}`;
  const places = sockets.map((_, index) => ({ url: url(index), token: '' }));
  // One process: the relay knows sockets and rooms by their numbers.
  const drivers = await Drivers.start({ to: 'relay', sockets: places, rooms }, 1);
  return { pid: child.pid, drivers, end: () => Promise.all([child.end(), drivers.end()]) };
}
