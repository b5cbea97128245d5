import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { type Chunk, REQUESTS_PER_CHUNK } from '../domain/chunk-plan.ts';
import { ExportError } from '../domain/failures.ts';
import type { StagedRequest } from '../domain/staging-port.ts';
import { stagedFile } from './layout.ts';
import { isMissing, stagingFailed } from './staging-error.ts';

const NEWLINE = 0x0a;
const SPACE = 0x20;
const HEADER_FIELDS = 5;

/** Yields a chunk's requests, each checked against its header: a short or changed file throws. */
export async function* readRequests(
  directory: string,
  location: string,
  chunk: Chunk,
): AsyncGenerator<StagedRequest> {
  const end = chunk.firstRequest + chunk.requests;
  let next = chunk.firstRequest;
  while (next < end) {
    const fileIndex = Math.floor(next / REQUESTS_PER_CHUNK);
    const file = stagedFile(fileIndex);
    const lines = splitLines(await readStaged(join(directory, file)));
    const fileEnd = Math.min(end, (fileIndex + 1) * REQUESTS_PER_CHUNK);
    for (; next < fileEnd; next += 1) {
      const line = lines[next % REQUESTS_PER_CHUNK];
      const request = line === undefined ? null : parseLine(line, next);
      if (request === null) {
        throw new ExportError(
          'StagingFailed',
          `Request ${next} of the staged rows is missing or damaged in ${location}/${file}. Look at the disk of staging.directory, then start the export again; rows that were sent before are sent again.`,
        );
      }
      yield request;
    }
  }
}

/** A file that is gone holds no request: what it should have held is then missed by its number. */
async function readStaged(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return Buffer.alloc(0);
    throw stagingFailed('read', error);
  }
}

/** Complete lines only: JSON never holds a newline, so each one ends a request. */
function splitLines(content: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  for (let end = content.indexOf(NEWLINE); end !== -1; end = content.indexOf(NEWLINE, start)) {
    lines.push(content.subarray(start, end));
    start = end + 1;
  }
  return lines;
}

function parseLine(line: Buffer, index: number): StagedRequest | null {
  let headerEnd = -1;
  for (let field = 0; field < HEADER_FIELDS; field += 1) {
    headerEnd = line.indexOf(SPACE, headerEnd + 1);
    if (headerEnd === -1) return null;
  }
  const header = line.toString('latin1', 0, headerEnd).split(' ').map(Number);
  const [found, checksum, userIds, deviceIds, aliases] = header as [
    number,
    number,
    number,
    number,
    number,
  ];
  const payload = line.subarray(headerEnd + 1);
  if (found !== index || checksum !== crc32(payload)) return null;
  return { counts: { userIds, deviceIds, aliases }, payload };
}
