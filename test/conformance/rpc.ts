/** `POST /v1/rpc` as any client would use it: it gives the server's header `Odnix-Seen` back, and so sees what it has done. */
import { WireRefusal, type SignedIn } from '../support/wire-client.js';

/** Whoever can ask: a session on a WebSocket, or this. */
export interface Caller {
  request(method: string, params?: object): Promise<any>;
}

export class Rpc implements Caller {
  private seen: string | undefined;
  private nextId = 1;

  constructor(
    private readonly url: string,
    private readonly identity: Pick<SignedIn, 'access_token'> | null,
  ) {}

  async request(method: string, params: object = {}): Promise<any> {
    const { body } = await this.post({ jsonrpc: '2.0', id: this.nextId++, method, params });
    if (body.error) throw new WireRefusal(method, body.error);
    return body.result;
  }

  /** Whatever it is, and what came back. */
  async post(body: unknown): Promise<{ status: number; body: any }> {
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    if (this.identity) headers['authorization'] = `Bearer ${this.identity.access_token}`;
    if (this.seen !== undefined) headers['odnix-seen'] = this.seen;
    const sent = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(`${this.url}/v1/rpc`, { method: 'POST', headers, body: sent });
    this.seen = response.headers.get('odnix-seen') ?? this.seen;
    const answered = await response.text();
    return { status: response.status, body: answered === '' ? undefined : JSON.parse(answered) };
  }
}
