/** The two forms of an answer: one JSON document, or JSON lines of progress and then the result. */
import { once } from 'node:events';
import type { FastifyReply } from 'fastify';
import { adminErrors, type Failure } from '../failure.js';
import type { Progress } from '../operation.js';

export const lines_type = 'application/x-ndjson';
const progress_every_ms = 250;

export interface Answer {
  progress(progress: Progress): void;
  say(line: string): void;
  /** Absent: there is only one document. */
  readonly emit?: (line: string) => Promise<void>;
  result(result: object): void;
  failure(failure: Failure): void;
}

export const wantsLines = (accept: string | undefined): boolean => accept?.includes(lines_type) ?? false;

export function documentAnswer(reply: FastifyReply): Answer {
  const send = (status: number, body: object): void => {
    const type = 'application/json; charset=utf-8';
    void reply.status(status).header('content-type', type).header('cache-control', 'no-store');
    void reply.send(JSON.stringify(body));
  };
  return {
    progress: () => undefined,
    say: () => undefined,
    result: (result) => send(200, result),
    failure: (failure) => {
      const { retry_after_ms } = failure;
      if (retry_after_ms !== undefined) void reply.header('retry-after', Math.ceil(retry_after_ms / 1_000));
      send(adminErrors[failure.code].http, { error: failure });
    },
  };
}

/** The status is sent with the first line: how it ended stands in the last one. */
export function linesAnswer(reply: FastifyReply): Answer {
  const { raw } = reply.hijack();
  raw.writeHead(200, { 'content-type': lines_type, 'cache-control': 'no-store' });
  let lastMs = Number.NEGATIVE_INFINITY;
  const write = (line: object): void => void raw.write(`${JSON.stringify(line)}\n`);
  return {
    progress: (progress) => {
      const nowMs = performance.now();
      // Whoever reads slowly misses some of it, and nothing else.
      if (nowMs - lastMs < progress_every_ms || raw.writableNeedDrain) return;
      lastMs = nowMs;
      write({ progress });
    },
    say: (said) => {
      if (!raw.writableNeedDrain) write({ said });
    },
    emit: async (line) => {
      write({ line });
      // Whoever is gone drains nothing.
      if (raw.writableNeedDrain && !raw.destroyed)
        await Promise.race([once(raw, 'drain'), once(raw, 'close')]);
    },
    result: (result) => raw.end(`${JSON.stringify({ result })}\n`),
    failure: (error) => raw.end(`${JSON.stringify({ error })}\n`),
  };
}
