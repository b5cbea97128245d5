import { crc32 } from 'node:zlib';
import type { Chunk } from '../domain/chunk-plan.ts';
import type { SentOfChunk, StagedKey } from '../domain/staging-port.ts';

/*
 * How far a chunk was sent is a line, `DONE ACCEPTED IDENTIFIERS REFUSED CHECKSUM`, padded to one
 * length. A line that is torn, or of other rows or another chunk, is not sound.
 */
const REQUESTS_DIGITS = 6;
const IDENTIFIERS_DIGITS = 12;
const CHECKSUM_DIGITS = 8;
const LINE = /^ *(\d+) +(\d+) +(\d+) +(\d+) [0-9a-f]{8}\n$/;

export const SENT_LINE_BYTES =
  2 * (REQUESTS_DIGITS + 1) + 2 * (IDENTIFIERS_DIGITS + 1) + CHECKSUM_DIGITS + 1;

/** Writes and reads the lines of one chunk. */
export class SentLines {
  /** Ties a line to the rows and the chunk. */
  readonly #seal: number;

  constructor(staged: StagedKey, chunk: Chunk) {
    const of = [staged.location, staged.checksum, chunk.firstRequest, chunk.requests];
    this.#seal = crc32(of.join(' '));
  }

  write({ done, accepted, identifiers, refused }: SentOfChunk): string {
    const counts = [
      String(done).padStart(REQUESTS_DIGITS),
      String(accepted).padStart(REQUESTS_DIGITS),
      String(identifiers).padStart(IDENTIFIERS_DIGITS),
      String(refused).padStart(IDENTIFIERS_DIGITS),
    ].join(' ');
    const checksum = crc32(counts, this.#seal).toString(16).padStart(CHECKSUM_DIGITS, '0');
    return `${counts} ${checksum}\n`;
  }

  /** `null` where the line is not sound. */
  read(line: string): SentOfChunk | null {
    const [done = 0, accepted = 0, identifiers = 0, refused = 0] = (LINE.exec(line) ?? [])
      .slice(1)
      .map(Number);
    const sent = { done, accepted, identifiers, refused };
    return this.write(sent) === line ? sent : null;
  }
}
