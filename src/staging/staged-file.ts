import { createHash } from 'node:crypto';
import type { StagedRequest } from '../domain/staging-port.ts';
import { REQUESTS_PER_FILE } from './layout.ts';
import { lineChecksum, readLine, splitLines } from './staged-line.ts';

/** What the manifest says of a file of requests; its name follows from its place in the list. */
export interface StagedFile {
  readonly bytes: number;
  /** SHA-256 of its lines' checksums: they cover all the rest, and were computed anyway. */
  readonly checksum: string;
}

/** Adds up what the manifest says of the files, line by line. */
export class FilesDigest {
  readonly #files: StagedFile[] = [];
  #bytes = 0;
  #checksums: string[] = [];

  add(request: number, bytes: number, checksum: string): void {
    if (request > 0 && request % REQUESTS_PER_FILE === 0) this.#end();
    this.#bytes += bytes;
    this.#checksums.push(checksum);
  }

  files(): readonly StagedFile[] {
    if (this.#checksums.length > 0) this.#end();
    return this.#files;
  }

  #end(): void {
    this.#files.push({ bytes: this.#bytes, checksum: checksumOf(this.#checksums) });
    this.#bytes = 0;
    this.#checksums = [];
  }
}

/** All requests of a file; `null` where it is not the one that the manifest means. */
export function readFileOfRequests(
  content: Buffer,
  file: StagedFile | undefined,
  firstRequest: number,
): readonly StagedRequest[] | null {
  if (content.length !== file?.bytes) return null;
  const lines = splitLines(content);
  if (checksumOf(lines.map(lineChecksum)) !== file.checksum) return null;
  const requests = lines.map((line, index) => readLine(line, firstRequest + index));
  return requests.every((request) => request !== null) ? requests : null;
}

function checksumOf(lineChecksums: readonly string[]): string {
  return createHash('sha256').update(lineChecksums.join(' ')).digest('hex');
}
