/** What an audit of a user is gathered from: the account, its log, its marks, and what it was refused. */
import { refusedOfUser } from '#streams/subjects.js';
import { DirectGet } from '#streams/direct-get.js';
import { accountSubject, streamOf } from '#streams/subjects.js';
import { OperationRefused, type AdminContext } from '../operation.js';
import type { Audited } from './audited.js';
import { merged } from './merge.js';
import type { Stretch } from './stretch.js';
import { accountFacts, entryFacts, receiptFacts, refusalFacts } from './subject-facts.js';

export async function userSources(
  context: AdminContext,
  stretch: Stretch,
  userId: string,
): Promise<AsyncGenerator<Audited>> {
  const stream = streamOf('ACCOUNT', userId, context.streamsPerFamily);
  const account = await new DirectGet(context.nats).firstFrom(stream, accountSubject(userId), 1);
  if (account === null) throw new OperationRefused(`there is no account ${userId}`);
  return merged([
    accountFacts(context, stretch, userId),
    entryFacts(context, stretch, userId),
    refusalFacts(context, stretch, refusedOfUser(userId)),
    ...receiptFacts(context, stretch, [userId]),
  ]);
}
