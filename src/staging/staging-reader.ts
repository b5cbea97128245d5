import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Chunk } from '../domain/chunk-plan.ts';
import { ExportError } from '../domain/failures.ts';
import type { StagedRequest } from '../domain/staging-port.ts';
import { REQUESTS_PER_FILE, stagedFile } from './layout.ts';
import { readLine, splitLines } from './staged-line.ts';
import { isMissing, stagingFailed } from './staging-error.ts';

/**
 * Yields a chunk's requests, each checked: a short or changed file throws. While the requests of one
 * file are sent, the next file is read.
 */
export async function* readRequests(
  directory: string,
  location: string,
  chunk: Chunk,
): AsyncGenerator<StagedRequest> {
  const end = chunk.firstRequest + chunk.requests;
  let next = chunk.firstRequest;
  let content = readStagedFile(directory, next);
  while (next < end) {
    const file = stagedFile(fileIndexOf(next));
    const lines = splitLines(await content);
    const nextFileStart = (fileIndexOf(next) + 1) * REQUESTS_PER_FILE;
    if (nextFileStart < end) content = readStagedFile(directory, nextFileStart);
    for (; next < Math.min(end, nextFileStart); next += 1) {
      const line = lines[next % REQUESTS_PER_FILE];
      const request = line === undefined ? null : readLine(line, next);
      if (request === null) {
        throw new ExportError(
          'StagingFailed',
          `Request ${next} of the staged rows is missing or damaged in ${location}/${file}. Check the disk of staging.directory, then start the export again; rows that were already sent are sent again.`,
        );
      }
      yield request;
    }
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

/** A file that is gone counts as empty: its requests are then reported as missing, by number. */
async function readIfThere(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return Buffer.alloc(0);
    throw stagingFailed('read', error);
  }
}
