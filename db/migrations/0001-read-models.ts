/**
 * The registry of projections with their checkpoints (schema `odnix`), and the first version of each projection in a
 * schema of its own.
 */
import { sql, type Kysely } from 'kysely';
import { accountsV1 } from '../schemas/accounts-v1.js';
import { chatsV1 } from '../schemas/chats-v1.js';
import { deviceCursorsV1 } from '../schemas/device-cursors-v1.js';
import { requestIdsV1 } from '../schemas/request-ids-v1.js';
import { userLogV1 } from '../schemas/user-log-v1.js';

export async function up(db: Kysely<unknown>): Promise<void> {
  const firstVersions = [
    chatsV1('chats_v1'),
    requestIdsV1('request_ids_v1'),
    userLogV1('user_log_v1'),
    accountsV1('accounts_v1'),
    deviceCursorsV1('device_cursors_v1'),
  ];
  for (const statements of [registry, ...firstVersions, live]) await sql.raw(statements).execute(db);
}

const registry = `
create schema if not exists odnix;

-- Which version of a projection queries read. The others are being filled, or are kept to go back to.
create table odnix.projections (
  name text primary key,
  live_version integer not null,
  switched_at timestamptz not null default now()
);

-- How far a version of a projection has folded a stream, and which runner has the lease on it. The fence counts the
-- holders: a batch is committed only by the holder whose number still stands here.
create table odnix.checkpoints (
  projection text not null,
  version integer not null,
  stream text not null,
  sequence bigint not null default 0,
  lease_holder uuid,
  lease_fence bigint not null default 0,
  lease_expires_at timestamptz not null default '-infinity',
  primary key (projection, version, stream)
) with (fillfactor = 50);
`;

const live = `
insert into odnix.projections (name, live_version)
values ('chats', 1), ('request_ids', 1), ('user_log', 1), ('accounts', 1), ('device_cursors', 1);
`;
