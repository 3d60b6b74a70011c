/** The records of a run in files: `journal.jsonl`, and one file of updates a device, which are the many. */
import { closeSync, createReadStream, existsSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { JournalRecord, RecordedRun, UpdateRecord } from './records.js';

const buffer_chars_max = 64 * 1024;

/** Appends lines; what is held back is bounded, and is on the disk after `close`. */
class LineFile {
  private readonly descriptor: number;
  private held: string[] = [];
  private heldChars = 0;

  constructor(path: string) {
    this.descriptor = openSync(path, 'a', 0o600);
  }

  write(record: object): void {
    const line = JSON.stringify(record) + '\n';
    this.held.push(line);
    this.heldChars += line.length;
    if (this.heldChars > buffer_chars_max) this.flush();
  }

  flush(): void {
    writeSync(this.descriptor, this.held.join(''));
    this.held = [];
    this.heldChars = 0;
  }

  close(): void {
    this.flush();
    closeSync(this.descriptor);
  }
}

/** What a running workload writes to. */
export interface Journal {
  nowMs(): number;
  write(record: JournalRecord): void;
  writeUpdate(device: string, update: UpdateRecord): void;
}

/** Watchers see every record as it is written, for progress and for those who wait for something to happen. */
export class FileJournal implements Journal {
  readonly watchers = new Set<(record: JournalRecord) => void>();
  /** Messages that came to raw devices as updates. */
  messagesPushed = 0;
  private readonly startedMs = performance.now();
  private readonly main: LineFile;
  private readonly updates = new Map<string, LineFile>();

  constructor(private readonly directory: string) {
    mkdirSync(directory, { recursive: true });
    this.main = new LineFile(journalPath(directory));
  }

  nowMs(): number {
    return Math.round((performance.now() - this.startedMs) * 10) / 10;
  }

  write(record: JournalRecord): void {
    this.main.write(record);
    for (const watch of this.watchers) watch(record);
  }

  writeUpdate(device: string, update: UpdateRecord): void {
    let file = this.updates.get(device);
    if (file === undefined)
      this.updates.set(device, (file = new LineFile(updatesPath(this.directory, device))));
    file.write(update);
    if (update.update.type === 'message.new') this.messagesPushed++;
  }

  flush(): void {
    for (const file of [this.main, ...this.updates.values()]) file.flush();
  }

  close(): void {
    for (const file of [this.main, ...this.updates.values()]) file.close();
  }
}

export const runInFiles = (directory: string): RecordedRun => ({
  journal: () => lines<JournalRecord>(journalPath(directory)),
  updatesOf: (device) => lines<UpdateRecord>(updatesPath(directory, device)),
});

/** The last line may be half written when the machine died; it is then left out. */
async function* lines<T>(path: string): AsyncIterable<T> {
  if (!existsSync(path)) return;
  let last: string | undefined;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    if (last !== undefined) yield JSON.parse(last) as T;
    last = line;
  }
  if (last !== undefined && last.endsWith('}')) yield JSON.parse(last) as T;
}

const journalPath = (directory: string) => join(directory, 'journal.jsonl');
const updatesPath = (directory: string, device: string) => join(directory, `updates-${device}.jsonl`);
