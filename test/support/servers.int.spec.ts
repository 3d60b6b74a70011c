import { connect } from '@nats-io/transport-node';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import pg from 'pg';
import { expect, inject, it } from 'vitest';
import { freshDatabase, startNats } from './servers.js';

it('gives every spec a database of its own', async () => {
  const [first, second] = await Promise.all([freshDatabase(), freshDatabase()]);
  const client = new pg.Client({ connectionString: first.url });
  await client.connect();
  await client.query('create table only_here (id int)');
  await client.end();
  const other = new pg.Client({ connectionString: second.url });
  await other.connect();
  await expect(other.query('select from only_here')).rejects.toThrow('does not exist');
  await other.end();
  await Promise.all([first.drop(), second.drop()]);
});

it('shares one NATS in a run', async () => {
  const connection = await connect({ servers: inject('natsUrl') });
  await connection.flush();
  await connection.close();
});

it('keeps what a killed NATS had acknowledged, on the same URL', async () => {
  const nats = await startNats();
  const before = await connect({ servers: nats.url, reconnect: false });
  await (await jetstreamManager(before)).streams.add({ name: 'kept', subjects: ['kept.>'] });
  const { seq } = await jetstream(before).publish('kept.one', 'text');
  await nats.kill();
  await before.closed();
  await nats.restart();
  const after = await connect({ servers: nats.url });
  const stored = await (await jetstreamManager(after)).streams.getMessage('kept', { seq });
  expect(stored?.string()).toBe('text');
  await after.close();
  await nats.stop();
});
