import { chmod, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Chunk } from '../../domain/chunk-plan.ts';
import {
  type NamespaceId,
  type Reject,
  type SendProgress,
  type StagedKey,
  type StagedRequest,
  type StagedRows,
  type StagingPlace,
  type StagingWriter,
  StoreNotSeen,
} from '../../domain/staging-port.ts';
import { attemptName, attemptOf, OWNER, REJECTS, RUNS, runOf, STORE, STORE_ID } from '../layout.ts';
import { readManifest } from '../manifest.ts';
import { readStaged } from '../read-staged.ts';
import type { AskSecrets, OpenStaging, PreparedStore, Store, StoreToOpen } from '../store.ts';
import type { SweptStore } from '../sweep.ts';
import { isCommitted } from './committed.ts';
import { DirectoryStagingWriter } from './directory-writer.ts';
import { writeSynced } from './durable.ts';
import { guardStaging, isMissing, stagingFailed } from './file-errors.ts';
import { DIRECTORY_MODE, MANIFEST, rejectsFile } from './names.ts';
import { addReject } from './rejects.ts';
import { namesIn, removeDeadAttempts, removeDirectory, renameToDead } from './remove-directory.ts';
import { openSendProgress } from './send-progress.ts';
import { ensureStoreId, readStoreId } from './store-id.ts';
import { SweptDirectory } from './swept-directory.ts';

interface DirectoryToOpen {
  readonly directory: string;
}

export const openStaging: OpenStaging<DirectoryToOpen> = ({ directory }) =>
  new DirectoryStaging(directory);

/** Staging in a directory that all workers of a task queue share. Locations are relative to it. */
export class DirectoryStaging implements Store {
  readonly setting = 'staging.directory';
  readonly suspect = 'the disk of staging.directory, and that only the workers write there';
  readonly root: string;
  readonly swept: SweptStore;

  constructor(directory: string) {
    this.root = resolve(directory);
    this.swept = new SweptDirectory(this.root);
  }

  get place(): string {
    return this.root;
  }

  get toOpen(): StoreToOpen {
    const { href } = new URL('./directory-staging.ts', import.meta.url);
    return { module: href, data: { directory: this.root } satisfies DirectoryToOpen };
  }

  readonly askSecrets: AskSecrets = async () => ({});

  /**
   * Creates the directory, closed to others, and gives it an id if it has none.
   * @throws ExportError `StagingFailed`
   */
  async prepare(): Promise<PreparedStore> {
    return await guardStaging('prepared', async () => {
      await mkdir(this.root, { recursive: true, mode: DIRECTORY_MODE });
      // Only what is its own: someone may have named a directory with other things in it.
      for (const name of [RUNS, REJECTS]) {
        await mkdir(join(this.root, name), { recursive: true, mode: DIRECTORY_MODE });
        await chmod(join(this.root, name), DIRECTORY_MODE);
      }
      return { ...(await ensureStoreId(this.root)), warnings: [] };
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
      const manifest = await this.manifest(location);
      const staged = manifest === null ? null : readManifest(manifest)?.staged;
      // Files that were moved here from elsewhere are not what was committed here.
      if (staged?.store === store && staged?.location === location) return staged;
    }
    return null;
  }

  read(staged: StagedKey, chunk: Chunk): AsyncIterable<StagedRequest> {
    return readStaged(this, staged, chunk);
  }

  async manifest(location: string): Promise<string | null> {
    return (await this.file(location, MANIFEST))?.toString() ?? null;
  }

  async file(location: string, name: string): Promise<Buffer | null> {
    try {
      return await readFile(join(this.root, location, name));
    } catch (error) {
      if (isMissing(error)) return null;
      throw stagingFailed('read', error);
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

  [Symbol.dispose](): void {
    // Nothing stays open.
  }

  async #storeId(): Promise<string | null> {
    return await guardStaging('read', () => readStoreId(this.root));
  }

  /** The numbers of the run's attempts that left something. */
  async #attempts({ exportRunId, runId }: StagingPlace): Promise<number[]> {
    const names = await guardStaging('read', () => namesIn(join(this.root, RUNS, exportRunId)));
    return names.map((name) => attemptOf(runId, name)).filter((attempt) => attempt !== null);
  }
}

function notSeen(seen: string | null): StoreNotSeen {
  const why =
    seen === null
      ? `its staging store has no ${STORE}/${STORE_ID}: a file system that is not mounted, or a directory that was emptied. Once it is right, restart the worker`
      : `its staging store is another one`;
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
