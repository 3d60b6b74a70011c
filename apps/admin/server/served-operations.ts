import type { FastifyReply } from 'fastify';
import { AdminError, failureOf } from '../failure.js';
import type { OpenMeans } from '../open-means.js';
import { counter } from '#observability/metrics.js';
import { OperationRefused, type AnyOperation } from '../operation.js';
import { WrongParameter } from '../parameters.js';
import { runOperation } from '../run-operation.js';
import { AdminTokens } from '../tokens/admin-tokens.js';
import { documentAnswer, linesAnswer, wantsLines, type Answer } from './answer.js';
import { callerOf } from './bearer.js';
import { bodyOf } from './body.js';
import { openApi, pathOf } from './openapi.js';

export const in_flight_max = 8;
const operation_ms_max = 6 * 3_600_000;

export interface Asked {
  readonly authorization: string | undefined;
  readonly accept: string | undefined;
  readonly address: string;
}

/** Runs what is asked over HTTP: so many at once, for so long, and not for those who are gone. */
export class ServedOperations {
  private readonly stopping = new AbortController();
  private readonly tokens: AdminTokens;
  private inFlight = 0;

  constructor(
    private readonly operations: readonly AnyOperation[],
    private readonly means: OpenMeans,
    private readonly version: string,
  ) {
    this.tokens = new AdminTokens(means.db);
  }

  /** What is under way is broken off. */
  stop(): void {
    this.stopping.abort(new Error('Stopping.'));
  }

  async list(asked: Asked, reply: FastifyReply): Promise<void> {
    await this.answer(documentAnswer(reply), asked, async () => ({
      operations: this.operations.map((operation) => ({
        name: operation.name,
        path: `/admin/v1/${pathOf(operation)}`,
        summary: operation.summary,
        role: operation.role,
      })),
    }));
  }

  async openApi(asked: Asked, reply: FastifyReply): Promise<void> {
    await this.answer(documentAnswer(reply), asked, async () => openApi(this.operations, this.version));
  }

  /** `path`: words with slashes between them. */
  async run(path: string, body: unknown, asked: Asked, reply: FastifyReply): Promise<void> {
    const gone = goneOf(reply);
    const timeout = AbortSignal.timeout(operation_ms_max);
    const signal = AbortSignal.any([gone, this.stopping.signal, timeout]);
    const answer = wantsLines(asked.accept) ? linesAnswer(reply) : documentAnswer(reply);
    await this.answer(
      answer,
      asked,
      async (caller) => {
        const operation = this.operations.find((one) => pathOf(one) === path);
        if (operation === undefined)
          throw new AdminError('NOT_FOUND', 'No such operation: GET /admin/v1/operations lists them.');
        const progress = answer.progress.bind(answer);
        const { emit } = answer;
        const watching = { signal, progress, say: answer.say.bind(answer), ...(emit && { emit }) };
        const means = { ...this.means, ...watching };
        return counted(operation.name, runOperation({ operation, caller, ...bodyOf(body) }, means));
      },
      signal,
    );
  }

  private async answer(
    answer: Answer,
    { authorization, address }: Asked,
    act: (caller: Awaited<ReturnType<typeof callerOf>>) => Promise<object>,
    signal?: AbortSignal,
  ): Promise<void> {
    if (this.inFlight >= in_flight_max) {
      answer.failure(failureOf(new AdminError('BUSY', undefined, 1_000)));
      return;
    }
    this.inFlight += 1;
    try {
      answer.result(await act(await callerOf(this.tokens, authorization, address)));
    } catch (error) {
      answer.failure(failureOf(error, signal));
    } finally {
      this.inFlight -= 1;
    }
  }
}

async function counted<Result>(operation: string, running: Promise<Result>): Promise<Result> {
  const ended = (outcome: 'done' | 'refused' | 'failed') =>
    counter('odnix.admin.operations', { operation, outcome }).add();
  try {
    const result = await running;
    ended('done');
    return result;
  } catch (error) {
    ended(error instanceof OperationRefused || error instanceof WrongParameter ? 'refused' : 'failed');
    throw error;
  }
}

/** Aborted when the connection is closed before the answer is sent. */
function goneOf({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) gone.abort(new Error('Whoever asked is gone.'));
  });
  return gone.signal;
}
