/** What should not have been, each once, with what repeats it. */
const findings_max = 50;
const shown_chars_max = 2_000;

export interface Finding {
  readonly what: string;
  readonly input: number;
  /** What was sent. */
  readonly sent: string;
  times: number;
}

export class Findings {
  readonly all: Finding[] = [];

  constructor(
    private readonly seed: number,
    private readonly say: (line: string) => void,
  ) {}

  add(what: string, input: number, sent: unknown): void {
    const known = this.all.find((finding) => finding.what === what);
    if (known !== undefined) return void known.times++;
    if (this.all.length === findings_max) return;
    const finding = { what, input, sent: shown(sent), times: 1 };
    this.all.push(finding);
    this.say(`FOUND ${this.line(finding)}`);
  }

  line({ what, input, sent }: Finding): string {
    return `${what}\n      npm run fuzz -- --seed ${this.seed} --only ${input}\n      sent: ${sent}`;
  }
}

function shown(sent: unknown): string {
  const text = Buffer.isBuffer(sent) ? `(hex) ${sent.toString('hex')}` : JSON.stringify(sent);
  return text.length > shown_chars_max
    ? `${text.slice(0, shown_chars_max)}… (${text.length} characters)`
    : text;
}
