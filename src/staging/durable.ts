import { type FileHandle, open } from 'node:fs/promises';
import { errorCode } from '../domain/error-code.ts';
import { FILE_MODE } from './layout.ts';

/** Enough to keep a disk busy, and few enough to notice early that it is full. */
const CLOSES_AT_ONCE = 4;

/** What a file system says that does not sync directories, as it has nothing to sync there. */
const SYNCS_NO_DIRECTORIES = ['EINVAL', 'ENOTSUP', 'EISDIR'];

/** Writes a new file that a power cut does not lose, once its directory is synced. */
export async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', FILE_MODE);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes the names in a directory such that a power cut does not lose them. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path);
  try {
    await directory.sync();
  } catch (error) {
    if (!SYNCS_NO_DIRECTORIES.includes(errorCode(error))) throw error;
  } finally {
    await directory.close();
  }
}

/** Syncs and closes files while others are written. */
export class SyncedCloses {
  readonly #running = new Set<Promise<void>>();
  readonly #failures: unknown[] = [];

  /** Resolves when there is room for another file. */
  async add(file: FileHandle): Promise<void> {
    const closing = this.#close(file);
    this.#running.add(closing);
    void closing.then(() => this.#running.delete(closing));
    if (this.#running.size >= CLOSES_AT_ONCE) await Promise.race(this.#running);
  }

  /** Waits for all of them, whatever came of it. */
  async settle(): Promise<void> {
    await Promise.all(this.#running);
  }

  /** @throws what went wrong with a file that was added */
  throwFailure(): void {
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  async #close(file: FileHandle): Promise<void> {
    try {
      await file.sync();
    } catch (error) {
      this.#failures.push(error);
    }
    await file.close().catch((error: unknown) => this.#failures.push(error));
  }
}
