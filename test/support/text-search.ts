/** Looks for texts in files byte by byte, also where they are stored in two bytes a character, or compressed. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Postgres' compression interrupts what it copies after every eighth byte; any eight of a text's bytes are found. */
const window_bytes = 8;
const bitmap_bits = 20;

/** The texts that stand in a file below the directories. Texts of random letters: eight of them occur nowhere by chance. */
export function textsInFiles(directories: readonly string[], texts: readonly string[]): Map<string, string> {
  const search = new TextSearch(texts);
  const found = new Map<string, string>();
  for (const file of directories.flatMap(filesBelow)) {
    for (const text of search.in(bytesOf(file))) found.set(text, file);
  }
  return found;
}

/** Servers that run take files away. */
function bytesOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

export class TextSearch {
  private readonly windows = new Map<string, string>();
  private readonly bitmap = new Uint8Array(1 << bitmap_bits);

  constructor(texts: readonly string[]) {
    for (const text of texts) {
      for (let at = 0; at + window_bytes <= text.length; at++) {
        const window = text.slice(at, at + window_bytes);
        this.windows.set(window, text);
        this.bitmap[hash(Buffer.from(window, 'latin1').readUInt32BE(window_bytes - 4))] = 1;
      }
    }
  }

  in(bytes: Buffer): Set<string> {
    const found = new Set<string>();
    this.scan(bytes, 0, 1, found);
    this.scan(bytes, 0, 2, found);
    this.scan(bytes, 1, 2, found);
    return found;
  }

  private scan(bytes: Buffer, from: number, stride: number, found: Set<string>): void {
    let last = 0;
    for (let at = from; at < bytes.length; at += stride) {
      last = (last << 8) | bytes[at]!;
      if (this.bitmap[hash(last)] === 0) continue;
      let window = '';
      for (let back = window_bytes - 1; back >= 0; back--) {
        window += String.fromCharCode(bytes[at - back * stride] ?? 0);
      }
      const text = this.windows.get(window);
      if (text !== undefined) found.add(text);
    }
  }
}

const hash = (word: number): number => Math.imul(word, 0x9e3779b1) >>> (32 - bitmap_bits);

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
