import type { ChatMethod } from '#domain/authority/authority.js';
import { admit, type Admission } from './admit.js';
import {
  defineQuery,
  type Query,
  type QueryAnswer,
  type QueryContext,
  type QueryDefinition,
} from './query.js';

export interface ChatQueryDefinition<Params extends object, Result extends object> extends Omit<
  QueryDefinition<Params, Result>,
  'method' | 'read'
> {
  readonly method: ChatMethod;
  readonly read: (context: QueryContext & Admission, params: Params) => Promise<QueryAnswer<Result>>;
}

/** A query about one chat: read only for whom the rules admit to it. */
export const defineChatQuery = <Params extends { readonly chat_id: string }, Result extends object>(
  definition: ChatQueryDefinition<Params, Result>,
): Query =>
  defineQuery<Params, Result>({
    ...definition,
    read: async (context, params) => {
      const admission = await admit(context, definition.method, params.chat_id);
      return definition.read({ ...context, ...admission }, params);
    },
  });
