import type { Chunk } from '../domain/chunk-plan.ts';
import { ExportError } from '../domain/failures.ts';
import type { StagedKey, StagedRequest } from '../domain/staging-port.ts';
import { REQUESTS_PER_FILE, stagedFile } from './layout.ts';
import { readManifest } from './manifest.ts';
import { readFileOfRequests, type StagedFile } from './staged-file.ts';

/** A store, as reading needs it. What its methods throw is an `ExportError`. */
export interface StagedFiles {
  /** Its name in the configuration. */
  readonly setting: string;
  /** What to check where a file is not as it was committed; as it stands after "Check". */
  readonly suspect: string;
  /** @throws StoreNotSeen */
  requireStore(id: string): Promise<void>;
  /** The text of the manifest that was committed last; `null` where there is none. */
  manifest(location: string): Promise<string | null>;
  /** `null` where there is none. */
  file(location: string, name: string): Promise<Buffer | null>;
}

/**
 * Yields a chunk's requests. Each file is checked against the manifest before any of its requests is
 * yielded. While the requests of one file are sent, the next file is read.
 * @throws StagingFailed where they are not as committed; StoreNotSeen where they may be in another store
 */
export async function* readStaged(
  store: StagedFiles,
  staged: StagedKey,
  chunk: Chunk,
): AsyncGenerator<StagedRequest> {
  try {
    const files = await committedFiles(store, staged);
    yield* readRequests(store, staged.location, files, chunk);
  } catch (error) {
    // What looks damaged or gone may be in another store, from this moment on.
    if (error instanceof ExportError && error.retry === 'never') {
      await store.requireStore(staged.store);
    }
    throw error;
  }
}

async function committedFiles(
  store: StagedFiles,
  { location, checksum }: StagedKey,
): Promise<readonly StagedFile[]> {
  const text = await store.manifest(location);
  if (text === null) {
    throw new ExportError(
      'StagingFailed',
      `The staged rows at ${location} are gone: they are removed when an export is over, and a reset does not restore them. If this export was not reset, let all workers of the task queue share one ${store.setting} that nothing else cleans up. Start a new export; rows that were already sent are sent again.`,
    );
  }
  const committed = readManifest(text);
  if (committed?.staged.checksum !== checksum) {
    throw new ExportError(
      'StagingFailed',
      `The manifest of the staged rows at ${location} is not the one that was committed. Start the export again.`,
    );
  }
  return committed.files;
}

async function* readRequests(
  store: StagedFiles,
  location: string,
  files: readonly StagedFile[],
  chunk: Chunk,
): AsyncGenerator<StagedRequest> {
  const end = chunk.firstRequest + chunk.requests;
  let next = chunk.firstRequest;
  let content = readAhead(store, location, next);
  while (next < end) {
    const index = fileIndexOf(next);
    const start = index * REQUESTS_PER_FILE;
    const requests = readFileOfRequests(await content, files[index], start);
    const stop = Math.min(end, start + REQUESTS_PER_FILE);
    if (requests === null || requests.length < stop - start) {
      throw new ExportError(
        'StagingFailed',
        `The file ${location}/${stagedFile(index)} of the staged rows is missing, or is not as it was committed. Check ${store.suspect}; then start the export again. Rows that were already sent are sent again.`,
      );
    }
    if (stop < end) content = readAhead(store, location, stop);
    yield* requests.slice(next - start, stop - start);
    next = stop;
  }
}

function fileIndexOf(request: number): number {
  return Math.floor(request / REQUESTS_PER_FILE);
}

/** A file that is gone counts as empty, which is never what the manifest says of it. */
function readAhead(store: StagedFiles, location: string, request: number): Promise<Buffer> {
  const content = store
    .file(location, stagedFile(fileIndexOf(request)))
    .then((found) => found ?? Buffer.alloc(0));
  // The error reaches who awaits it; nobody does if an earlier request was not sent.
  content.catch(() => null);
  return content;
}
