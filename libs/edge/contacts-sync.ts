import type { KeyObject } from 'node:crypto';
import type {
  ContactsSyncAnswer,
  ContactsSyncQuery,
  ContactsSyncResult,
} from '#protocol/methods/contacts.js';
import type { Reply } from '#streams/requests.js';
import { keyedHash } from './secrets.js';

/** Phone numbers stay at the edge: the query sees keyed hashes, and what it finds is given back by number. */
export async function contactsSync(
  key: KeyObject,
  phones: readonly string[],
  ask: (query: Readonly<Record<string, unknown>>) => Promise<Reply>,
): Promise<Reply> {
  const phoneOf = new Map(phones.map((phone) => [keyedHash(key, phone), phone]));
  const query: ContactsSyncQuery = { phone_hashes: [...phoneOf.keys()] };
  const reply = await ask({ ...query });
  if ('error' in reply) return reply;
  const { contacts } = reply.result as unknown as ContactsSyncAnswer;
  const result: ContactsSyncResult = {
    contacts: contacts.flatMap(({ phone_hash, ...user }) => {
      const phone = phoneOf.get(phone_hash);
      return phone === undefined ? [] : [{ ...user, phone }];
    }),
  };
  return { ...reply, result: { ...result } };
}
