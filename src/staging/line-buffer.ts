import type { KindCounts } from '../domain/report.ts';
import { REQUESTS_PER_FILE, stagedFile } from './layout.ts';
import { FilesDigest, type StagedFile } from './staged-file.ts';
import { lineRoom, writeLine } from './staged-line.ts';

const FIRST_CAPACITY = 1024 * 1024;

/** Lines of one staged file. */
export interface PendingLines {
  readonly file: string;
  readonly bytes: Buffer;
}

/** Staged lines that are not written yet, in one buffer that is used again and again. */
export class LineBuffer {
  /** Of all requests that were appended. */
  payloadBytes = 0;
  readonly #digest = new FilesDigest();
  #buffer = Buffer.alloc(0);
  #length = 0;
  #requests = 0;
  /** Where the lines of each file end. */
  #files: { readonly name: string; end: number }[] = [];

  get length(): number {
    return this.#length;
  }

  append(payload: string, counts: KindCounts, rows: string | null): void {
    this.#reserve(lineRoom(payload, rows));
    const index = this.#requests;
    const line = writeLine(this.#buffer, this.#length, index, counts, payload, rows);
    const { end } = line;
    const name = stagedFile(Math.floor(index / REQUESTS_PER_FILE));
    this.#digest.add(index, end - this.#length, line.checksum);
    const last = this.#files.at(-1);
    if (last?.name === name) last.end = end;
    else this.#files.push({ name, end });
    this.#length = end;
    this.#requests += 1;
    this.payloadBytes += line.payloadBytes;
  }

  /** All files that lines were appended to, in order. */
  files(): readonly StagedFile[] {
    return this.#digest.files();
  }

  /** The lines by file, in order. They are valid until the next `append`. */
  take(): PendingLines[] {
    let start = 0;
    const pending = this.#files.map(({ name, end }) => {
      const bytes = this.#buffer.subarray(start, end);
      start = end;
      return { file: name, bytes };
    });
    this.#files = [];
    this.#length = 0;
    return pending;
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(FIRST_CAPACITY, 2 * needed));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}
