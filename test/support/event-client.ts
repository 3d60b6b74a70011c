/**
 * Updates over plain HTTP as any client would ask for them, for tests: an event stream that is read as the HTML standard says,
 * and long polls. It shares no code with the server.
 */
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import type { WireUpdate } from './wire-client.js';

export interface ReceivedEvent {
  readonly event: string;
  readonly data: any;
  /** The last that was given, as browsers remember it. */
  readonly lastEventId: string;
}

export class EventClient {
  readonly events: ReceivedEvent[] = [];
  comments_count = 0;
  retry_ms: number | undefined;
  lastEventId = '';
  /** Resolves when the stream ended or was cut. */
  readonly closed: Promise<void>;
  private rest = '';
  private readonly watchers = new Set<() => void>();

  private constructor(readonly response: IncomingMessage) {
    response.setEncoding('utf8').on('data', (text: string) => this.receive(text));
    response.on('error', () => undefined);
    this.closed = new Promise((resolve) => response.once('close', () => resolve()));
  }

  /** Throws with the status, if it is not 200. */
  static async open(
    baseUrl: string,
    query: Record<string, string> = {},
    headers: Record<string, string> = {},
  ): Promise<EventClient> {
    const url = `${baseUrl}/v1/updates/stream?${new URLSearchParams(query)}`;
    const asked = request(url, { headers, agent: false });
    asked.end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    if (response.statusCode === 200) return new EventClient(response);
    const texts = await response.setEncoding('utf8').toArray();
    const { error } = JSON.parse(texts.join('')) as { error: { code: string; details?: object } };
    throw new Error(`${response.statusCode} ${error.code} ${Object.keys(error.details ?? {}).join()}`.trim());
  }

  get updates(): WireUpdate[] {
    return this.events.filter(({ event }) => event === 'update').map(({ data }) => data);
  }

  named(name: string): ReceivedEvent[] {
    return this.events.filter(({ event }) => event === name);
  }

  async until(condition: () => boolean, deadline_ms = 30_000): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`not within ${deadline_ms} ms: ${condition}`)),
        deadline_ms,
      );
      const look = () => {
        if (!condition()) return;
        clearTimeout(timer);
        this.watchers.delete(look);
        resolve();
      };
      this.watchers.add(look);
    });
  }

  /** As a machine that lost its power. */
  drop(): void {
    this.response.destroy();
  }

  private receive(text: string): void {
    const blocks = (this.rest + text).split('\n\n');
    this.rest = blocks.pop()!;
    for (const block of blocks) this.block(block.split('\n'));
    for (const look of this.watchers) look();
  }

  private block(lines: readonly string[]): void {
    const fields = new Map(lines.map((line) => [line.split(':', 1)[0]!, line.replace(/^[^:]*: ?/, '')]));
    if (fields.has('')) this.comments_count++;
    if (fields.has('retry')) this.retry_ms = Number(fields.get('retry'));
    this.lastEventId = fields.get('id') ?? this.lastEventId;
    const data = fields.get('data');
    if (data === undefined) return;
    const { lastEventId } = this;
    this.events.push({ event: fields.get('event') ?? 'message', data: JSON.parse(data), lastEventId });
  }
}

export const bearerOf = (token: string) => ({ authorization: `Bearer ${token}` });

/** `GET /v1/updates`: the status and the body. */
export async function poll(
  baseUrl: string,
  token: string,
  query: Record<string, string | number>,
  init: RequestInit = {},
): Promise<{ status: number; body: any; headers: Headers }> {
  const given = Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]);
  const url = `${baseUrl}/v1/updates?${new URLSearchParams(given)}`;
  const response = await fetch(url, { ...init, headers: { ...bearerOf(token), ...init.headers } });
  return { status: response.status, body: await response.json(), headers: response.headers };
}
