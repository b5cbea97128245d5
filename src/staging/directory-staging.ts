import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Chunk } from '../domain/chunk-plan.ts';
import { ExportError } from '../domain/failures.ts';
import type {
  SendProgress,
  StagedRequest,
  StagedRows,
  Staging,
  StagingPlace,
  StagingWriter,
} from '../domain/staging-port.ts';
import {
  attemptName,
  attemptOf,
  DIRECTORY_MODE,
  FILE_MODE,
  MANIFEST,
  OWNER,
  REJECTS,
  RUNS,
  rejectsFile,
} from './layout.ts';
import { isCommitted, manifestChecksum, readManifest } from './manifest.ts';
import { namesIn, removeDeadAttempts, removeDirectory, renameToDead } from './remove-directory.ts';
import { openSendProgress } from './send-progress.ts';
import { guardStaging, isMissing, stagingFailed } from './staging-error.ts';
import { readRequests } from './staging-reader.ts';
import { DirectoryStagingWriter } from './staging-writer.ts';

/** Staging in a directory that all workers of a task queue share. Locations are relative to it. */
export class DirectoryStaging implements Staging {
  readonly root: string;

  constructor(directory: string) {
    this.root = resolve(directory);
  }

  /** Creates the directory, closed to others. @throws ExportError `StagingFailed` */
  async prepare(): Promise<void> {
    await guardStaging('prepared', async () => {
      await mkdir(this.root, { recursive: true, mode: DIRECTORY_MODE });
      // Only what is its own: someone may have named a directory with other things in it.
      for (const name of [RUNS, REJECTS]) {
        await mkdir(join(this.root, name), { recursive: true, mode: DIRECTORY_MODE });
        await chmod(join(this.root, name), DIRECTORY_MODE);
      }
    });
  }

  async write(place: StagingPlace): Promise<StagingWriter> {
    const location = locationOf(place);
    const directory = join(this.root, location);
    await guardStaging('written', async () => {
      await removeDeadAttempts(dirname(directory));
      for (const attempt of await this.#attempts(place)) {
        if (attempt >= place.attempt) continue;
        await removeUncommitted(join(this.root, locationOf({ ...place, attempt })));
      }
      await removeDirectory(directory);
      await mkdir(directory, { recursive: true, mode: DIRECTORY_MODE });
      const owner = JSON.stringify({ workflowId: place.workflowId });
      await writeFile(join(dirname(directory), OWNER), owner, { mode: FILE_MODE });
    });
    const rejects = join(this.root, REJECTS, rejectsFile(place.runId));
    return new DirectoryStagingWriter({ location, directory, rejects });
  }

  async committed(place: StagingPlace): Promise<StagedRows | null> {
    for (const attempt of await this.#attempts(place)) {
      const location = locationOf({ ...place, attempt });
      const manifest = await this.#readIfThere(join(location, MANIFEST));
      const staged = manifest === null ? null : readManifest(location, manifest);
      if (staged !== null) return staged;
    }
    return null;
  }

  async *read(
    { location, checksum }: Pick<StagedRows, 'location' | 'checksum'>,
    chunk: Chunk,
  ): AsyncIterable<StagedRequest> {
    const manifest = await this.#readIfThere(join(location, MANIFEST));
    if (manifest === null) {
      throw new ExportError(
        'StagingFailed',
        `The staged rows at ${location} are gone: they are removed when an export is over, and a reset does not restore them. If this export was not reset, let all workers of the task queue share one staging.directory that nothing else cleans up. Start a new export; rows that were already sent are sent again.`,
      );
    }
    if (manifestChecksum(manifest) !== checksum) {
      throw new ExportError(
        'StagingFailed',
        `The manifest of the staged rows at ${location} is not the one that was committed. Start the export again.`,
      );
    }
    yield* readRequests(join(this.root, location), location, chunk);
  }

  async openSendProgress(
    staged: Pick<StagedRows, 'location' | 'checksum'>,
    chunk: Chunk,
  ): Promise<SendProgress> {
    return await openSendProgress(join(this.root, staged.location), staged, chunk);
  }

  async remove(exportRunId: string): Promise<void> {
    await guardStaging('removed', () => removeDirectory(join(this.root, RUNS, exportRunId)));
  }

  /** The numbers of the run's attempts that left something. */
  async #attempts({ exportRunId, runId }: StagingPlace): Promise<number[]> {
    const names = await guardStaging('read', () => namesIn(join(this.root, RUNS, exportRunId)));
    return names.map((name) => attemptOf(runId, name)).filter((attempt) => attempt !== null);
  }

  async #readIfThere(path: string): Promise<string | null> {
    try {
      return await readFile(join(this.root, path), 'utf8');
    } catch (error) {
      if (isMissing(error)) return null;
      throw stagingFailed('read', error);
    }
  }
}

function locationOf({ exportRunId, runId, attempt }: StagingPlace): string {
  return join(RUNS, exportRunId, attemptName(runId, attempt));
}

/**
 * Removes what an earlier attempt left. It may still run if its worker only lost Temporal:
 * the rename makes it fail at once, so that it can no longer commit.
 */
async function removeUncommitted(directory: string): Promise<void> {
  if (await isCommitted(directory)) return;
  const dead = await renameToDead(directory);
  if (dead === null) return;
  // It may still have committed at the last moment.
  if (await isCommitted(dead)) await rename(dead, directory);
  else await rm(dead, { recursive: true, force: true });
}
