import type { Database } from '#db/database.js';
import { UnknownVersion } from '#db/known-versions.js';
import { Logger } from '@nestjs/common';
import { readSnapshot, type Snapshot } from '#db/snapshot.js';
import { hiddenAmong, placeKey } from '#projections/accounts/hidden-query.js';
import type { AccountsSchema } from '#projections/accounts/projection.js';
import { accountsById } from '#projections/accounts/query.js';
import { dueCallsIn, type DueCall } from '#projections/chats/due-calls-query.js';
import { dueMessagesIn, type DueMessage } from '#projections/chats/due-query.js';
import type { ChatsSchema } from '#projections/chats/rows.js';
import { messageFacts } from '#projections/chats/facts-query.js';
import { findRequest } from '#projections/request-ids/query.js';
import { readCursor } from '#projections/user-log/cursors-query.js';
import { GatheredFacts } from './gathered-facts.js';
import type { ChatPlace, FoundFacts, FoundRequest, ReadModels } from './read-models.js';
import { Refusal } from '#protocol/refusal.js';

const unavailable_retry_after_ms = 1_000;

/** The read models in Postgres. Its going and its coming back are logged, not every command that met it gone. */
export class PostgresReadModels implements ReadModels {
  private readonly logger = new Logger('CommandHandler');
  private isDown = false;

  private readonly facts = new GatheredFacts(({ chatId: chat_id, stream }, by) =>
    this.asked(() => messageFacts(this.db, { stream, chat_id, by })),
  );

  constructor(private readonly db: Database) {}

  findRequest({ chatId, stream }: ChatPlace, userId: string, requestId: string): Promise<FoundRequest> {
    const asked = { stream, user_id: userId, aggregate_id: chatId, request_id: requestId };
    return this.asked(async () => {
      const { found, covered_to } = await findRequest(this.db, asked);
      return { position: covered_to, sequence: found?.sequence ?? null };
    });
  }

  messageFacts(place: ChatPlace, userId: string, seqs: readonly number[]): Promise<FoundFacts> {
    return this.facts.find(place, userId, seqs);
  }

  existingUsers(userIds: readonly string[]): Promise<ReadonlySet<string>> {
    return this.asked(
      async () => new Set((await accountsById(this.db, userIds)).map(({ user_id }) => user_id)),
    );
  }

  dueMessages(page: Parameters<ReadModels['dueMessages']>[0]): Promise<readonly DueMessage[]> {
    const ask = ({ tables }: Snapshot) => dueMessagesIn(tables<ChatsSchema>('chats'), page);
    return this.asked(() => readSnapshot(this.db, ['chats'], ask));
  }

  dueCalls(nowMs: number, limit: number): Promise<readonly DueCall[]> {
    const ask = ({ tables }: Snapshot) => dueCallsIn(tables<ChatsSchema>('chats'), nowMs, limit);
    return this.asked(() => readSnapshot(this.db, ['chats'], ask));
  }

  hidden(userId: string, chat_id: string, seqs: readonly number[]): Promise<ReadonlySet<number>> {
    const places = seqs.map((seq) => ({ chat_id, seq }));
    const ask = ({ tables }: Snapshot) =>
      hiddenAmong(tables<AccountsSchema>('accounts'), userId, places).then(
        (hidden) => new Set(places.filter((place) => hidden.has(placeKey(place))).map(({ seq }) => seq)),
      );
    return this.asked(() => readSnapshot(this.db, ['accounts'], ask));
  }

  readCursor(userId: string, chatId: string): Promise<number> {
    return this.asked(async () => (await readCursor(this.db, userId, chatId)) ?? 0);
  }

  private async asked<T>(ask: () => Promise<T>): Promise<T> {
    try {
      const answer = await ask();
      if (this.isDown) this.logger.warn('The read models answer again');
      this.isDown = false;
      return answer;
    } catch (error) {
      if (!this.isDown) this.logger.error(`${reasonOf(error)}; sends go on without it`);
      this.isDown = true;
      throw new Refusal('UNAVAILABLE', { retry_after_ms: unavailable_retry_after_ms });
    }
  }
}

/** Of the driver and the server no more than the code: messages may hold values. */
function reasonOf(error: unknown): string {
  if (error instanceof UnknownVersion) return error.message;
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  return `Postgres does not answer (${String(code ?? name ?? 'unknown')})`;
}
