/** A device that is sent its log, and may stop reading. */
import { WebSocket } from 'ws';

const updateStart = '{"jsonrpc":"2.0","method":"update","params":{"pts":';

const ping_ms = 15_000;

export class BenchDevice {
  pts = 0;
  closedWith: number | undefined;
  hole: string | undefined;

  private constructor(
    private readonly socket: WebSocket,
    onUpdate: (pts: number) => void,
  ) {
    socket.on('message', (data) => {
      const frame = (data as Buffer).subarray(0, 128).toString('latin1');
      if (!frame.startsWith(updateStart)) return;
      const pts = Number.parseInt(frame.slice(updateStart.length), 10);
      if (this.pts !== 0 && pts !== this.pts + 1) this.hole ??= `${pts} after ${this.pts}`;
      this.pts = pts;
      onUpdate(pts);
    });
    const pinging = setInterval(() => socket.ping(), ping_ms);
    socket.on('close', (code) => {
      clearInterval(pinging);
      this.closedWith = code;
    });
    socket.on('error', () => undefined);
  }

  /** Its session is open, at the log's head. */
  static async open(
    url: string,
    access_token: string,
    onUpdate: (pts: number) => void = () => undefined,
  ): Promise<BenchDevice> {
    const socket = new WebSocket(url.replace('http', 'ws') + '/v1/ws');
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    const device = new BenchDevice(socket, onUpdate);
    const params = { access_token, client: { name: 'bench', version: '1.0.0' } };
    const answered = new Promise<string>((resolve) =>
      socket.once('message', (data) => resolve(String(data))),
    );
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'session.open', params }));
    const answer = await answered;
    if (!answer.includes('"session_id"')) throw new Error(answer);
    return device;
  }

  stall(): void {
    this.socket.pause();
  }

  readOn(): void {
    this.socket.resume();
  }

  end(): void {
    this.socket.terminate();
  }
}
