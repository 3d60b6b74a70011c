/** What a NATS server sends to a client, cut into whole frames: just enough of the protocol to lose or double one. */

export interface NatsFrame {
  readonly bytes: Buffer;
  /**
   * `answer`: the one answer to a request, a publish's acknowledgement among them. `part`: one message of an answer of
   * several, or of a consumer's delivery. `live`: an announcement of a user's new entry. `other`: everything else.
   */
  readonly kind: 'answer' | 'part' | 'live' | 'other';
}

const line_end = '\r\n';

export class NatsFrames {
  private held: Buffer = Buffer.alloc(0);

  /** The frames that are whole with this chunk; what is begun is held until the rest comes. */
  take(chunk: Buffer): NatsFrame[] {
    const bytes = this.held.length === 0 ? chunk : Buffer.concat([this.held, chunk]);
    const frames: NatsFrame[] = [];
    let at = 0;
    for (;;) {
      const lineEnd = bytes.indexOf(line_end, at);
      if (lineEnd < 0) break;
      const line = bytes.toString('latin1', at, lineEnd);
      const end = lineEnd + line_end.length + payloadBytes(line);
      if (end > bytes.length) break;
      frames.push(frameOf(line, bytes.subarray(at, end)));
      at = end;
    }
    this.held = bytes.subarray(at);
    return frames;
  }
}

/** With the line end after it; frames without a payload are their line alone. */
function payloadBytes(line: string): number {
  return /^H?MSG /.test(line) ? Number(line.slice(line.lastIndexOf(' ') + 1)) + line_end.length : 0;
}

function frameOf(line: string, bytes: Buffer): NatsFrame {
  if (line.startsWith('INFO ')) return { bytes: withoutOtherServers(line), kind: 'other' };
  if (!/^H?MSG /.test(line)) return { bytes, kind: 'other' };
  const subject = line.split(' ')[1]!;
  if (subject.startsWith('live.')) return { bytes, kind: 'live' };
  if (!subject.startsWith('_INBOX.')) return { bytes, kind: 'other' };
  return { bytes, kind: isPart(line, bytes) ? 'part' : 'answer' };
}

/** A consumer's messages say where to acknowledge them; those of an answer in several say how many are to come. */
function isPart(line: string, bytes: Buffer): boolean {
  if (line.includes(' $JS.ACK.')) return true;
  return line.startsWith('HMSG ') && /^(NATS\/1\.0 \d|Nats-Num-Pending:)/m.test(headersOf(line, bytes));
}

function headersOf(line: string, bytes: Buffer): string {
  const headerBytes = Number(line.split(' ').at(-2));
  const start = line.length + line_end.length;
  return bytes.toString('latin1', start, start + headerBytes);
}

/** A client that is told of the other servers would go to them past the link. */
function withoutOtherServers(line: string): Buffer {
  const { connect_urls: _others, ...info } = JSON.parse(line.slice('INFO '.length)) as Record<
    string,
    unknown
  >;
  return Buffer.from(`INFO ${JSON.stringify(info)}${line_end}`);
}
