import type { SeenPositions } from '#streams/requests.js';
import { streamOf } from '#streams/subjects.js';
import type { QueryContext } from './query.js';

/** What an answer about these chats and users shows: all that their tables show. */
export function shownPositions(
  { snapshot, streamsPerFamily }: QueryContext,
  about: { readonly chatIds?: readonly string[]; readonly userIds?: readonly string[] },
): SeenPositions {
  const chats = new Set(about.chatIds?.map((id) => streamOf('CHAT', id, streamsPerFamily)));
  const accounts = new Set(about.userIds?.map((id) => streamOf('ACCOUNT', id, streamsPerFamily)));
  const positions = [
    ...[...chats].map((stream) => [stream, snapshot.coveredTo('chats', stream)] as const),
    ...[...accounts].map((stream) => [stream, snapshot.coveredTo('accounts', stream)] as const),
  ];
  return { projected: Object.fromEntries(positions), logged: {} };
}
