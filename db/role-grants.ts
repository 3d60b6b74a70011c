/**
 * What each app may do in Postgres: the one table of its kind. `applyRoles` makes it so, docs/authority.md shows it,
 * roles.int.spec.ts tries every line of it, and what it does not hold. The gateway has no role: it never connects.
 *
 * Everything that changes tables (migrations, a new version of a projection, the switch of the live one) is the owner's alone.
 */
export const databaseApps = ['api', 'command-handler', 'timeline', 'projector', 'query-handler'] as const;
export type DatabaseApp = (typeof databaseApps)[number];

export type Privilege = 'select' | 'insert' | 'update' | 'delete';

export interface Grant {
  /** A schema; or a projection, whose every version has a schema of its own: `chats` is `chats_v1` and so on. */
  readonly on: { readonly schema: 'odnix' | 'ops' } | { readonly projection: string };
  /** All there are and will be by default. */
  readonly tables?: readonly string[];
  readonly may: readonly Privilege[];
  readonly why: string;
}

const reading: readonly Privilege[] = ['select'];
const writing: readonly Privilege[] = ['select', 'insert', 'update', 'delete'];

const reads = (projection: string, why: string, tables?: readonly string[]): Grant => ({
  on: { projection },
  may: reading,
  why,
  ...(tables === undefined ? {} : { tables }),
});
const folds = (projection: string): Grant => ({ on: { projection }, may: writing, why: 'folds into it' });

const readsMigrations: Grant = {
  on: { schema: 'odnix' },
  tables: ['migrations'],
  may: reading,
  why: 'is not ready before the tables are those that its version expects',
};
const readsPositions: Grant = {
  on: { schema: 'odnix' },
  tables: ['projections', 'checkpoints'],
  may: reading,
  why: 'finds the live version of a projection, and how far it has come',
};

export const roleGrants: Readonly<Record<DatabaseApp, readonly Grant[]>> = {
  api: [
    readsMigrations,
    {
      on: { schema: 'ops' },
      tables: ['one_time_codes', 'sign_in_counts', 'qr_sign_ins', 'refresh_tokens'],
      may: writing,
      why: 'keeps one-time codes, QR sign-ins, their limits and refresh tokens; not those who may ask the admin API',
    },
    { ...readsPositions, why: 'tells in its health how far the projections have come' },
  ],
  'command-handler': [
    readsMigrations,
    readsPositions,
    reads('request_ids', 'finds what an old idempotency key led to'),
    reads('chats', 'finds the facts of old messages, and what is due', [
      'messages',
      'message_reactions',
      'calls',
    ]),
    reads('accounts', 'learns which users there are, and what they have hidden already', [
      'accounts',
      'hidden_messages',
    ]),
    reads('user_log', 'finds how far a chat was read', ['user_chats']),
    {
      on: { schema: 'ops' },
      tables: ['qr_sign_ins'],
      may: ['select', 'update'],
      why: 'writes down which device let in the one that shows a QR code',
    },
  ],
  timeline: [
    readsPositions,
    reads('user_log', 'looks up cursors that are no longer in memory', ['user_chats']),
  ],
  projector: [
    readsMigrations,
    {
      on: { schema: 'odnix' },
      tables: ['checkpoints'],
      may: ['select', 'insert', 'update'],
      why: 'takes streams over, and moves the checkpoint with each batch',
    },
    {
      on: { schema: 'odnix' },
      tables: ['projections', 'builds'],
      may: reading,
      why: 'finds which builds there are to fold, and which of them are read',
    },
    {
      on: { schema: 'odnix' },
      tables: ['holds'],
      may: writing,
      why: 'rests where an operator paused it, and tells where it had to stop',
    },
    ...['chats', 'request_ids', 'user_log', 'accounts', 'device_cursors', 'search', 'receipts'].map(folds),
  ],
  'query-handler': [
    readsMigrations,
    readsPositions,
    ...['chats', 'user_log', 'accounts', 'device_cursors', 'search', 'receipts'].map((name) =>
      reads(name, 'answers queries'),
    ),
  ],
};

export const roleOf = (app: DatabaseApp): string => `odnix_${app.replaceAll('-', '_')}`;

/** Of the setting that makes the role a login with that password. */
export const passwordVariableOf = (app: DatabaseApp): string =>
  `DATABASE_PASSWORD_${app.replaceAll('-', '_').toUpperCase()}`;
