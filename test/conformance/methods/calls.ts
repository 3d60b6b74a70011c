/** Section 6: calls. Each that succeeds is of a pair of its own: between two people there is one at a time. */
import type { About, MethodEntry } from '../method-check.js';
import { call, nothing } from '../objects.js';
import { list, object, ordinal, someText } from '../shape.js';
import { key } from '../world.js';

/** Somebody new calls Ann. */
async function isCalled({ world }: About): Promise<{ chat_id: string; call_id: string }> {
  const caller = await world.newcomer();
  const asked = { user_id: world.ann.userId, kind: 'audio' };
  const { chat_id, call_id } = (await caller.json.request('calls.request', asked)).call;
  return { chat_id, call_id };
}

/** Ann calls somebody new. */
async function calls(about: About): Promise<{ chat_id: string; call_id: string }> {
  const { world, caller } = about;
  const callee = await world.newcomer();
  const asked = { user_id: callee.userId, kind: 'audio' };
  const { chat_id, call_id } = (await caller.request('calls.request', asked)).call;
  return { chat_id, call_id };
}

async function isOver(about: About): Promise<{ chat_id: string; call_id: string }> {
  const call = await isCalled(about);
  await about.caller.request('calls.discard', call);
  return call;
}

const payload = '{"sdp":"…"}';
const inGroup = ({ ask, world }: About, more: object = {}) =>
  ask({ chat_id: world.chats.group.chat_id, call_id: key(), ...more });
const spec = 'apps/command-handler/chat/calls.spec.ts';

export const callsMethods: Readonly<Record<string, MethodEntry>> = {
  'calls.request': {
    section: 6,
    // Of nobody: calls to one person are few.
    params: () => ({ user_id: key(), kind: 'video', payload, client_request_id: key() }),
    given: async ({ world }) => ({ user_id: (await world.newcomer()).userId }),
    optional: ['payload', 'client_request_id'],
    result: object({ call }),
    errors: {
      NOT_FOUND: ({ ask }) => ask({ user_id: key(), kind: 'audio' }),
      FORBIDDEN: ({ ask, world }) => ask({ user_id: world.ann.userId, kind: 'audio' }),
      CALL_EXISTS: async ({ ask, world }) => {
        const asked = { user_id: (await world.newcomer()).userId, kind: 'audio' };
        await ask(asked);
        return ask(asked);
      },
    },
    alsoAnswers: ['BLOCKED'],
    spec,
  },
  'calls.accept': {
    section: 6,
    chat: 'direct',
    params: ({ chat_id }) => ({ chat_id, call_id: key(), payload, client_request_id: key() }),
    given: isCalled,
    optional: ['payload', 'client_request_id'],
    result: object({ call }),
    errors: {
      NOT_FOUND: ({ ask, chat_id }) => ask({ chat_id, call_id: key() }),
      WRONG_CHAT_KIND: inGroup,
      FORBIDDEN: async (about) => about.ask(await calls(about)),
      CALL_OVER: async (about) => about.ask(await isOver(about)),
    },
    alsoAnswers: ['CALL_TAKEN'],
    spec,
  },
  'calls.signal': {
    section: 6,
    chat: 'direct',
    params: ({ chat_id }) => ({ chat_id, call_id: key(), payload, client_request_id: key() }),
    given: isCalled,
    optional: ['client_request_id'],
    result: nothing,
    errors: {
      NOT_FOUND: ({ ask, chat_id }) => ask({ chat_id, call_id: key(), payload }),
      WRONG_CHAT_KIND: (about) => inGroup(about, { payload }),
      CALL_OVER: async (about) => about.ask({ ...(await isOver(about)), payload }),
    },
    alsoAnswers: ['CALL_TAKEN', 'FORBIDDEN'],
    spec,
  },
  'calls.discard': {
    section: 6,
    chat: 'direct',
    params: ({ chat_id }) => ({ chat_id, call_id: key(), reason: 'busy', client_request_id: key() }),
    given: isCalled,
    optional: ['reason', 'client_request_id'],
    result: object({ call }),
    errors: {
      NOT_FOUND: ({ ask, chat_id }) => ask({ chat_id, call_id: key() }),
      WRONG_CHAT_KIND: inGroup,
    },
    alsoAnswers: ['CALL_TAKEN'],
    spec,
  },
  'calls.iceServers': {
    section: 6,
    params: () => ({}),
    result: object({
      ice_servers: list(object({ urls: list(someText), 'username?': someText, 'credential?': someText })),
      'expires_in_s?': ordinal,
    }),
    spec: 'libs/edge/ice-servers.spec.ts',
  },
};
