/** Makes the servers hold what the processes need: streams, tables, roles. Idempotent. */
import type { NatsConnection } from '@nats-io/nats-core';
import type { DatabaseApp } from '#db/role-grants.js';
import { applyRoles, RolesRefused } from '#db/roles.js';
import { WrongSpread } from '#process/await-streams.js';
import { applyTopology } from '#streams/apply-topology.js';
import { standingReplicas, standingTopology } from '#streams/standing-topology.js';
import { reachAndMigrate, reachNats, type Say } from './reach.js';

export interface SetUpOptions {
  readonly natsUrl: string;
  readonly databaseUrl: string;
  readonly streamsPerFamily: number;
  /** Absent: as they are; 1 for new streams. */
  readonly replicas?: number;
  /** Whose database role becomes a login. */
  readonly databasePasswords: Partial<Record<DatabaseApp, string>>;
}

/** Says what it did, a line each. Throws when anything of it could not be done; run it again then. */
export async function setUp(options: SetUpOptions, say: Say): Promise<void> {
  const nats = await reachNats(options.natsUrl, say);
  try {
    await setUpStreams(nats, options, say);
  } finally {
    await nats.close();
  }
  const migrations = await reachAndMigrate(options.databaseUrl, say);
  say(migrations.length === 0 ? 'Tables: as they should be' : `Tables: migrated by ${migrations.join(', ')}`);
  await setUpRoles(options, say);
}

/** An installation whose processes all connect as the owner can do without; one that was given passwords cannot. */
async function setUpRoles(
  { databaseUrl, databasePasswords: passwords }: SetUpOptions,
  say: Say,
): Promise<void> {
  try {
    const made = await applyRoles(databaseUrl, { passwords });
    say(made.length === 0 ? 'Roles: as they should be' : `Roles: made ${made.join(', ')}`);
  } catch (error) {
    if (!(error instanceof RolesRefused) || Object.keys(passwords).length > 0) throw error;
    say(`Roles: not made. ${error.message}`);
  }
}

async function setUpStreams(nats: NatsConnection, options: SetUpOptions, say: Say): Promise<void> {
  const { streamsPerFamily } = options;
  const waiting = (why: string) => say(`Waiting for the NATS servers: ${why}`);
  const standing = await standingTopology(nats, streamsPerFamily, waiting);
  if (standing.kind === 'spread') throw new WrongSpread(standing.streamsPerFamily, streamsPerFamily);
  const replicas = options.replicas ?? (await standingReplicas(nats, streamsPerFamily));
  const { created, updated } = await applyTopology(nats, { streamsPerFamily, replicas }, waiting);
  const changes = [...listed('created', created), ...listed('updated', updated)];
  const count = `${streamsPerFamily} a family, ${replicas} ${replicas === 1 ? 'replica' : 'replicas'}`;
  say(`Streams (${count}): ${changes.length === 0 ? 'as they should be' : changes.join('; ')}`);
}

const listed = (what: string, streams: readonly string[]): string[] =>
  streams.length === 0 ? [] : [`${what} ${streams.join(', ')}`];
