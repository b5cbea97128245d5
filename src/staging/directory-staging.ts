import { chmod, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Chunk } from '../domain/chunk-plan.ts';
import { ExportError } from '../domain/failures.ts';
import {
  type NamespaceId,
  type Reject,
  type SendProgress,
  type StagedKey,
  type StagedRequest,
  type StagedRows,
  type Staging,
  type StagingPlace,
  type StagingWriter,
  StoreNotSeen,
} from '../domain/staging-port.ts';
import { writeSynced } from './durable.ts';
import {
  attemptName,
  attemptOf,
  DIRECTORY_MODE,
  MANIFEST,
  OWNER,
  REJECTS,
  RUNS,
  rejectsFile,
  runOf,
  STORE,
  STORE_ID,
} from './layout.ts';
import { isCommitted, readManifest } from './manifest.ts';
import { addReject } from './rejects.ts';
import { namesIn, removeDeadAttempts, removeDirectory, renameToDead } from './remove-directory.ts';
import { openSendProgress } from './send-progress.ts';
import { guardStaging, isMissing, stagingFailed } from './staging-error.ts';
import { readRequests } from './staging-reader.ts';
import { DirectoryStagingWriter } from './staging-writer.ts';
import { ensureStoreId, readStoreId } from './store-id.ts';

/** Staging in a directory that all workers of a task queue share. Locations are relative to it. */
export class DirectoryStaging implements Staging {
  readonly root: string;

  constructor(directory: string) {
    this.root = resolve(directory);
  }

  /**
   * Creates the directory, closed to others, and gives it an id if it has none.
   * @throws ExportError `StagingFailed`
   */
  async prepare(): Promise<{ readonly id: string; readonly isNew: boolean }> {
    return await guardStaging('prepared', async () => {
      await mkdir(this.root, { recursive: true, mode: DIRECTORY_MODE });
      // Only what is its own: someone may have named a directory with other things in it.
      for (const name of [RUNS, REJECTS]) {
        await mkdir(join(this.root, name), { recursive: true, mode: DIRECTORY_MODE });
        await chmod(join(this.root, name), DIRECTORY_MODE);
      }
      return await ensureStoreId(this.root);
    });
  }

  async requireStore(id: string): Promise<void> {
    const seen = await this.#storeId();
    if (seen !== id) throw notSeen(seen);
  }

  async write(place: StagingPlace): Promise<StagingWriter> {
    const location = locationOf(place);
    const directory = join(this.root, location);
    const store = await this.#storeId();
    // Not made here: a directory that has lost its id is a mount point whose file system is gone.
    if (store === null) throw notSeen(store);
    await guardStaging('written', async () => {
      await removeDeadAttempts(dirname(directory));
      for (const attempt of await this.#attempts(place)) {
        if (attempt >= place.attempt) continue;
        await removeUncommitted(join(this.root, locationOf({ ...place, attempt })));
      }
      await removeDirectory(directory);
      await mkdir(directory, { recursive: true, mode: DIRECTORY_MODE });
      const { workflowId, namespace, namespaceId } = place;
      const owner = JSON.stringify({ workflowId, namespace, namespaceId });
      await writeSynced(join(dirname(directory), OWNER), owner);
    });
    const rejects = this.rejectsOf({ location }, place);
    return new DirectoryStagingWriter({ store, location, directory, rejects });
  }

  async committed(place: StagingPlace): Promise<StagedRows | null> {
    const store = await this.#storeId();
    for (const attempt of await this.#attempts(place)) {
      const location = locationOf({ ...place, attempt });
      const manifest = await this.#readIfThere(join(location, MANIFEST));
      const staged = manifest === null ? null : readManifest(location, manifest)?.staged;
      // Files that were moved here from another store are not what was committed in this one.
      if (staged?.store === store) return staged ?? null;
    }
    return null;
  }

  async *read(staged: StagedKey, chunk: Chunk): AsyncIterable<StagedRequest> {
    try {
      yield* this.#read(staged, chunk);
    } catch (error) {
      // What looks damaged or gone may be in another store, from this moment on.
      await this.requireStore(staged.store);
      throw error;
    }
  }

  async openSendProgress(staged: StagedKey, chunk: Chunk): Promise<SendProgress> {
    return await openSendProgress(join(this.root, staged.location), staged, chunk);
  }

  rejectsOf({ location }: Pick<StagedKey, 'location'>, { namespaceId }: NamespaceId): string {
    return join(this.root, REJECTS, namespaceId, rejectsFile(runOf(basename(location))));
  }

  async addReject(staged: StagedKey, namespace: NamespaceId, reject: Reject): Promise<void> {
    await guardStaging('written', () => addReject(this.rejectsOf(staged, namespace), reject));
  }

  async remove(exportRunId: string): Promise<void> {
    await guardStaging('removed', () => removeDirectory(join(this.root, RUNS, exportRunId)));
  }

  async *#read({ location, checksum }: StagedKey, chunk: Chunk): AsyncIterable<StagedRequest> {
    const manifest = await this.#readIfThere(join(location, MANIFEST));
    if (manifest === null) {
      throw new ExportError(
        'StagingFailed',
        `The staged rows at ${location} are gone: they are removed when an export is over, and a reset does not restore them. If this export was not reset, let all workers of the task queue share one staging.directory that nothing else cleans up. Start a new export; rows that were already sent are sent again.`,
      );
    }
    const committed = readManifest(location, manifest);
    if (committed?.staged.checksum !== checksum) {
      throw new ExportError(
        'StagingFailed',
        `The manifest of the staged rows at ${location} is not the one that was committed. Start the export again.`,
      );
    }
    yield* readRequests(join(this.root, location), location, committed.files, chunk);
  }

  async #storeId(): Promise<string | null> {
    return await guardStaging('read', () => readStoreId(this.root));
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

function notSeen(seen: string | null): StoreNotSeen {
  const why =
    seen === null
      ? `its own has no ${STORE}/${STORE_ID}: a file system that is not mounted, or a directory that was emptied. Once it is right, restart the worker`
      : `its own is another one`;
  return new StoreNotSeen(
    `This worker does not see the staging directory of this export: ${why}. Let all workers of the task queue share one staging.directory.`,
  );
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
