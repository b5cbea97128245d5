import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Chunk } from '../domain/chunk-plan.ts';
import { ExportError } from '../domain/failures.ts';
import type {
  StagedRequest,
  StagedRows,
  Staging,
  StagingPlace,
  StagingWriter,
} from '../domain/ports.ts';
import { DIRECTORY_MODE, FILE_MODE, MANIFEST, OWNER, REJECTS, RUNS } from './layout.ts';
import { isMissing, stagingFailed } from './staging-error.ts';
import { readRequests } from './staging-reader.ts';
import { DirectoryStagingWriter, readManifest } from './staging-writer.ts';

/** Staging in a directory that all workers of a task queue share. Locations are relative to it. */
export class DirectoryStaging implements Staging {
  readonly root: string;

  constructor(directory: string) {
    this.root = resolve(directory);
  }

  /** Creates the directory, closed to others. @throws ExportError `StagingFailed` */
  async prepare(): Promise<void> {
    await this.#guard('prepared', async () => {
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
    await this.#guard('written', async () => {
      await rm(directory, { recursive: true, force: true });
      await mkdir(directory, { recursive: true, mode: DIRECTORY_MODE });
      const owner = JSON.stringify({ workflowId: place.workflowId });
      await writeFile(join(dirname(directory), OWNER), owner, { mode: FILE_MODE });
    });
    const rejects = join(this.root, REJECTS, `${place.runId}.jsonl`);
    return new DirectoryStagingWriter({ location, directory, rejects });
  }

  /** Where an engine may keep what does not fit into memory; removed with the attempt. */
  async createSpillDirectory(place: StagingPlace): Promise<string> {
    const directory = join(this.root, locationOf(place), 'spill');
    await this.#guard('written', async () => {
      await mkdir(directory, { recursive: true, mode: DIRECTORY_MODE });
    });
    return directory;
  }

  async committed({ exportRunId, runId }: StagingPlace): Promise<StagedRows | null> {
    const attempts = await this.#entries(join(RUNS, exportRunId));
    for (const name of attempts.filter((entry) => entry.startsWith(`${runId}.`))) {
      const location = join(RUNS, exportRunId, name);
      const manifest = await this.#readIfThere(join(location, MANIFEST));
      if (manifest !== null) return readManifest(location, manifest);
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
        `The staged rows at ${location} are gone. All workers of a task queue must share one staging.directory, and nothing else may clean it up. Start the export again; rows that were sent before are sent again.`,
      );
    }
    if (readManifest(location, manifest).checksum !== checksum) {
      throw new ExportError(
        'StagingFailed',
        `The manifest of the staged rows at ${location} is not the one that was committed. Start the export again.`,
      );
    }
    yield* readRequests(join(this.root, location), location, chunk);
  }

  async remove(exportRunId: string): Promise<void> {
    await this.#guard('removed', () =>
      rm(join(this.root, RUNS, exportRunId), { recursive: true, force: true }),
    );
  }

  async #entries(path: string): Promise<string[]> {
    try {
      return await readdir(join(this.root, path));
    } catch (error) {
      if (isMissing(error)) return [];
      throw stagingFailed('read', error);
    }
  }

  async #readIfThere(path: string): Promise<string | null> {
    try {
      return await readFile(join(this.root, path), 'utf8');
    } catch (error) {
      if (isMissing(error)) return null;
      throw stagingFailed('read', error);
    }
  }

  async #guard(verb: 'prepared' | 'written' | 'removed', work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw stagingFailed(verb, error);
    }
  }
}

function locationOf({ exportRunId, runId, attempt }: StagingPlace): string {
  return join(RUNS, exportRunId, `${runId}.${attempt}`);
}
