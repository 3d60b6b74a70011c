/** Section 5: people, and one's own devices. */
import { randomUUID } from 'node:crypto';
import { post } from '../../support/wire-client.js';
import type { MethodEntry } from '../method-check.js';
import { nextCursor, nothing, presence, user } from '../objects.js';
import { called, exactly, flag, id, list, nullable, object, text, time } from '../shape.js';
import { key } from '../world.js';

const ownDevice = called(
  'device',
  object({
    device_id: id,
    name: text,
    type: exactly('mobile', 'web', 'desktop'),
    added_at_ms: time,
    last_active_at_ms: nullable(time),
    current: flag,
  }),
);

const audience = exactly('everybody', 'contacts', 'nobody');

export const peopleMethods: Readonly<Record<string, MethodEntry>> = {
  'users.get': {
    section: 5,
    params: ({ world: { bob } }) => ({ user_id: bob.userId }),
    result: object({ user }),
    errors: { NOT_FOUND: ({ ask }) => ask({ user_id: key() }) },
    spec: 'apps/query-handler/queries.int.spec.ts',
  },
  'presence.watch': {
    section: 5,
    by: 'socket',
    params: ({ world: { bob } }) => ({ user_ids: [bob.userId] }),
    result: object({ presence: list(called('presence', presence)) }),
    spec: 'test/processes/each-app-a-process.int.spec.ts',
  },
  'presence.set': {
    section: 5,
    by: 'socket',
    params: () => ({ status: 'online' }),
    result: nothing,
    spec: 'apps/gateway/updates.int.spec.ts',
  },
  'users.update': {
    section: 5,
    params: () => ({ display_name: 'Conformance', about: 'Tries servers', client_request_id: key() }),
    optional: ['about', 'client_request_id'],
    either: ['display_name', 'about'],
    result: object({ user }),
    spec: 'test/e2e/messenger.int.spec.ts',
  },
  'users.setPrivacy': {
    section: 5,
    params: () => ({ last_seen: 'contacts', client_request_id: key() }),
    optional: ['client_request_id'],
    result: nothing,
    spec: 'test/e2e/messenger.int.spec.ts',
  },
  'users.getPrivacy': {
    section: 5,
    params: () => ({}),
    result: object({ last_seen: audience }),
    spec: 'test/e2e/messenger.int.spec.ts',
  },
  'users.block': {
    section: 5,
    params: ({ world: { cat } }) => ({ user_id: cat.userId, client_request_id: key() }),
    optional: ['client_request_id'],
    result: nothing,
    errors: { NOT_FOUND: ({ ask }) => ask({ user_id: key() }) },
    alsoAnswers: ['FORBIDDEN', 'BLOCKED_LIMIT'],
    spec: 'test/e2e/messenger.int.spec.ts',
  },
  'users.unblock': {
    section: 5,
    params: ({ world: { cat } }) => ({ user_id: cat.userId, client_request_id: key() }),
    optional: ['client_request_id'],
    result: nothing,
    spec: 'test/e2e/messenger.int.spec.ts',
  },
  'users.blocked': {
    section: 5,
    params: () => ({ limit: 10 }),
    optional: ['limit'],
    result: object({
      blocked: list(object({ user_id: id, display_name: text, blocked_at_ms: time })),
      ...nextCursor,
    }),
    spec: 'test/e2e/messenger.int.spec.ts',
  },
  'contacts.set': {
    section: 5,
    params: ({ world: { cat } }) => ({ user_id: cat.userId, nickname: 'Cat', client_request_id: key() }),
    optional: ['client_request_id'],
    result: nothing,
    errors: { NOT_FOUND: ({ ask }) => ask({ user_id: key(), nickname: 'Nobody' }) },
    alsoAnswers: ['CONTACTS_LIMIT', 'FORBIDDEN'],
    spec: 'test/e2e/messenger.int.spec.ts',
  },
  'contacts.list': {
    section: 5,
    params: () => ({ limit: 10 }),
    optional: ['limit'],
    result: object({
      contacts: list(object({ user_id: id, display_name: text, nickname: text })),
      ...nextCursor,
    }),
    spec: 'test/e2e/messenger.int.spec.ts',
  },
  'contacts.sync': {
    section: 5,
    params: ({ world: { bob } }) => ({ phones: [bob.phone] }),
    result: object({ contacts: list(object({ user_id: id, display_name: text, phone: text })) }),
    spec: 'apps/api/api.int.spec.ts',
  },
  'devices.list': {
    section: 5,
    params: () => ({}),
    result: object({ devices: list(ownDevice) }),
    spec: 'test/authorisation/authorisation.int.spec.ts',
  },
  'devices.revoke': {
    section: 5,
    // One that is not there: it is signed out.
    params: () => ({ device_id: key() }),
    either: ['device_id', 'others'],
    result: nothing,
    alsoAnswers: ['DEVICE_TOO_NEW'],
    spec: 'test/processes/revoked-devices.int.spec.ts',
  },
  'devices.acceptQr': {
    section: 5,
    params: async ({ world }) => {
      const body = { device: { name: 'tablet', type: 'mobile' }, installation_id: randomUUID() };
      const { qr_token } = await post(world.url, '/v1/auth/qr', body);
      return { qr_token };
    },
    result: object({ device: object({ name: text, type: exactly('mobile', 'web', 'desktop') }) }),
    errors: { QR_INVALID: ({ ask }) => ask({ qr_token: 'nobodyShowsThis' }) },
    alsoAnswers: ['DEVICE_LIMIT'],
    spec: 'test/processes/qr-sign-in.int.spec.ts',
  },
};
