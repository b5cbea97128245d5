import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Chunk } from '../domain/chunk-plan.ts';
import { ExportError } from '../domain/failures.ts';
import type { StagedRequest } from '../domain/staging-port.ts';
import { REQUESTS_PER_FILE, stagedFile } from './layout.ts';
import { readFileOfRequests, type StagedFile } from './staged-file.ts';
import { isMissing, stagingFailed } from './staging-error.ts';

/**
 * Yields a chunk's requests. Each file is checked against the manifest before any of its requests is
 * yielded. While the requests of one file are sent, the next file is read.
 * @param files as the manifest has them
 */
export async function* readRequests(
  directory: string,
  location: string,
  files: readonly StagedFile[],
  chunk: Chunk,
): AsyncGenerator<StagedRequest> {
  const end = chunk.firstRequest + chunk.requests;
  let next = chunk.firstRequest;
  let content = readStagedFile(directory, next);
  while (next < end) {
    const index = fileIndexOf(next);
    const start = index * REQUESTS_PER_FILE;
    const requests = readFileOfRequests(await content, files[index], start);
    const stop = Math.min(end, start + REQUESTS_PER_FILE);
    if (requests === null || requests.length < stop - start) {
      throw new ExportError(
        'StagingFailed',
        `The file ${location}/${stagedFile(index)} of the staged rows is missing, or is not as it was committed. Check the disk of staging.directory, and that only the workers write there; then start the export again. Rows that were already sent are sent again.`,
      );
    }
    if (stop < end) content = readStagedFile(directory, stop);
    yield* requests.slice(next - start, stop - start);
    next = stop;
  }
}

function fileIndexOf(request: number): number {
  return Math.floor(request / REQUESTS_PER_FILE);
}

function readStagedFile(directory: string, request: number): Promise<Buffer> {
  const content = readIfThere(join(directory, stagedFile(fileIndexOf(request))));
  // The error reaches who awaits it; nobody does if an earlier request was not sent.
  content.catch(() => null);
  return content;
}

/** A file that is gone counts as empty, which is never what the manifest says of it. */
async function readIfThere(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return Buffer.alloc(0);
    throw stagingFailed('read', error);
  }
}
