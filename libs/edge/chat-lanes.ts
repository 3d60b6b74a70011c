import { commands_per_request_max, type CommandRequest, type Reply } from '#streams/requests.js';

/** Below what NATS takes in one message (1 MiB), the envelope included. */
const lane_request_bytes_max = 512 * 1024;

export type SendCommands = (
  aggregateId: string,
  commands: readonly CommandRequest[],
) => Promise<readonly Reply[]>;

interface Waiting {
  readonly command: CommandRequest;
  readonly bytes: number;
  readonly resolve: (reply: Reply) => void;
  /** Must have happened before the command may travel. */
  readonly after: Promise<unknown> | undefined;
}

interface Lane {
  readonly waiting: Waiting[];
  /** The answer of the command that was submitted last. */
  last: Promise<unknown>;
}

/**
 * Keeps the commands of one connection in order, chat by chat: at most one request a chat is in flight, and what comes
 * meanwhile travels together in the next one. How much may wait is bounded by whoever calls.
 */
export class ChatLanes {
  private readonly lanes = new Map<string, Lane>();

  /** `send` answers one reply a command and never throws. */
  constructor(private readonly send: SendCommands) {}

  /** `after`: the command, and all behind it, waits for this; it must not reject. */
  submit(aggregateId: string, command: CommandRequest, after?: Promise<unknown>): Promise<Reply> {
    const { promise, resolve } = Promise.withResolvers<Reply>();
    const waiting = { command, bytes: Buffer.byteLength(JSON.stringify(command)), resolve, after };
    const lane = this.lanes.get(aggregateId);
    if (lane) {
      lane.waiting.push(waiting);
      lane.last = promise;
    } else {
      const opened: Lane = { waiting: [waiting], last: promise };
      this.lanes.set(aggregateId, opened);
      void this.run(aggregateId, opened);
    }
    return promise;
  }

  /** Resolves when every command that was submitted before this call for that chat is answered. */
  async settled(aggregateId: string): Promise<void> {
    await this.lanes.get(aggregateId)?.last;
  }

  private async run(aggregateId: string, { waiting }: Lane): Promise<void> {
    // One turn later, so that a frame's whole batch travels in the first request.
    await Promise.resolve();
    while (waiting.length > 0) {
      await waiting[0]!.after;
      const together = waiting.splice(0, countThatFit(waiting));
      const commands = together.map(({ command }) => command);
      const replies = await this.send(aggregateId, commands);
      together.forEach(({ resolve }, index) => resolve(replies[index]!));
    }
    this.lanes.delete(aggregateId);
  }
}

function countThatFit(waiting: readonly Waiting[]): number {
  let bytes = 0;
  const next = waiting.slice(0, commands_per_request_max).findIndex((one, index) => {
    bytes += one.bytes;
    return index > 0 && (one.after !== undefined || bytes > lane_request_bytes_max);
  });
  return next === -1 ? Math.min(waiting.length, commands_per_request_max) : next;
}
