import {
  buildContactsDecision,
  contactsDecider,
  restoreContacts,
  type ContactsDecision,
} from '#domain/account/index.js';
import { assert } from '#domain/kernel/assert.js';
import { pointersOfHead } from '#domain/kernel/pointers.js';
import type { ContactsSetParams } from '#protocol/methods/contacts.js';
import { Refusal } from '#protocol/refusal.js';
import type { LoadedAggregate } from '#streams/event-store.js';
import type { Answered } from '#streams/requests.js';
import { contactsSubject } from '#streams/subjects.js';
import { messageIdIn, partsOf, placeOf, type AccountContext } from './account-context.js';
import { decideAndAppend } from './decide-and-append.js';

/** Who becomes a contact has an account; who is none any more may have had one. */
export async function setContact(
  { user_id: other_id, nickname, client_request_id: key }: ContactsSetParams,
  context: AccountContext,
): Promise<Answered> {
  if (nickname !== null) await context.membersExist.check([other_id]);
  const decision_id = context.clock.nextId();
  const command = { user_id: context.aggregateId, other_id, nickname };
  const { verdict, head } = await decideAndAppend(context.store, {
    subject: contactsSubject(context.aggregateId),
    messageId: messageIdIn(context, key),
    restore,
    decide: ({ state }) => contactsDecider.decide(state, command),
    build: (loaded, events) => buildContactsDecision({ ...partsOf(context, decision_id), ...loaded, events }),
  });
  if (verdict.kind === 'reject') {
    const { code, details } = verdict.rejection;
    throw new Refusal(code, details ? { details } : {});
  }
  const projected = placeOf(context, head);
  context.tellSight(context.aggregateId, { viewer_id: other_id, projected });
  return { result: {}, seen: { projected, logged: projected } };
}

/** Nothing of it is ever erased, so what is missing is damage. */
function restore(loaded: LoadedAggregate<ContactsDecision> | null) {
  if (loaded === null) return { state: restoreContacts([]), pointers: null };
  const { head, decisions, missing } = loaded;
  assert(missing.length === 0, 'no decision about contacts is missing');
  const state = restoreContacts(decisions.map(({ decision }) => decision));
  return { state, pointers: pointersOfHead(head.sequence, head.decision.header) };
}
