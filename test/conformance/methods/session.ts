/** Section 3: the session itself. */
import type { MethodEntry } from '../method-check.js';
import { count, hash, id, object, opaque, ordinal, text, time } from '../shape.js';

const limits = object({
  frame_bytes_max: ordinal,
  batch_max: ordinal,
  text_chars_max: ordinal,
  fanout_members_max: ordinal,
  chat_members_max: ordinal,
  presence_watch_max: count,
  devices_max: ordinal,
});

export const sessionMethods: Readonly<Record<string, MethodEntry>> = {
  'session.open': {
    section: 3,
    by: 'new socket',
    params: async ({ world: { ann } }) => ({
      access_token: ann.identity.access_token,
      sync_token: ann.json.session['sync_token'],
      resume: false,
      client: { name: 'conformance', version: '1' },
    }),
    optional: ['sync_token', 'resume'],
    result: object({
      session_id: id,
      user_id: id,
      device_id: id,
      pts: count,
      sync_token: opaque,
      hash,
      server_time_ms: time,
      heartbeat_ms: ordinal,
      limits,
      'server?': object({ name: text, version: text }),
      'protocol?': object({ major: count, minor: count }),
    }),
    errors: {
      UNAUTHENTICATED: ({ ask }) =>
        ask({ access_token: 'a.b.c', client: { name: 'conformance', version: '1' } }),
      SESSION_ALREADY_OPEN: ({ ask, world: { ann } }) =>
        ask(
          { access_token: ann.identity.access_token, client: { name: 'conformance', version: '1' } },
          ann.json,
        ),
      SYNC_TOKEN_INVALID: ({ ask, world: { ann, bob } }) => {
        const client = { name: 'conformance', version: '1' };
        const { access_token } = ann.identity;
        return ask({ access_token, sync_token: bob.json.session['sync_token'], client });
      },
    },
    alsoAnswers: ['DEVICE_REVOKED'],
    spec: 'apps/gateway/gateway.int.spec.ts',
  },
  'session.refresh': {
    section: 3,
    by: 'socket',
    params: ({ world: { ann } }) => ({ access_token: ann.identity.access_token }),
    result: object({ access_expires_in_s: ordinal }),
    errors: {
      UNAUTHENTICATED: ({ ask, world: { bob } }) => ask({ access_token: bob.identity.access_token }),
    },
    alsoAnswers: ['DEVICE_REVOKED'],
    spec: 'apps/gateway/gateway.int.spec.ts',
  },
  'session.ping': {
    section: 3,
    params: () => ({}),
    result: object({ server_time_ms: time }),
    spec: 'apps/gateway/gateway.int.spec.ts',
  },
};
