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
const HEADER_FIELDS = 6;

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
    const content = await readStaged(join(directory, file));
    const fileEnd = Math.min(end, (fileIndex + 1) * REQUESTS_PER_CHUNK);
    let start = 0;
    for (let index = fileIndex * REQUESTS_PER_CHUNK; index < fileEnd; index += 1) {
      const parsed = parseRequest(content, start, index);
      if (parsed === null) {
        throw new ExportError(
          'StagingFailed',
          `Request ${index} of the staged rows is missing or damaged in ${location}/${file}. Look at the disk of staging.directory, then start the export again; rows that were sent before are sent again.`,
        );
      }
      start = parsed.end;
      if (index < next) continue;
      next = index + 1;
      yield parsed.request;
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

/** The request at `start`, and where the next one starts; `null` where it is damaged or another. */
function parseRequest(
  content: Buffer,
  start: number,
  index: number,
): { readonly request: StagedRequest; readonly end: number } | null {
  let headerEnd = start - 1;
  for (let field = 0; field < HEADER_FIELDS; field += 1) {
    headerEnd = content.indexOf(SPACE, headerEnd + 1);
    if (headerEnd === -1) return null;
  }
  const header = content.toString('latin1', start, headerEnd).split(' ').map(Number);
  const [found, bytes, checksum, userIds, deviceIds, aliases] = header as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const end = headerEnd + 1 + bytes;
  if (found !== index || content[end] !== NEWLINE) return null;
  const payload = content.subarray(headerEnd + 1, end);
  if (checksum !== crc32(payload)) return null;
  return { request: { counts: { userIds, deviceIds, aliases }, payload }, end: end + 1 };
}
