import type { Dirent } from 'node:fs';
import { lstat, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { OWNER } from '../layout.ts';
import type { SweptEntry, SweptStore } from '../sweep.ts';
import { ifThere } from './file-errors.ts';
import { DEAD_SUFFIX } from './names.ts';
import { namesIn, removeDeadAttempts, removeDirectory } from './remove-directory.ts';
import { readStoreId } from './store-id.ts';

/** A staging directory as the sweep sees it. */
export class SweptDirectory implements SweptStore {
  readonly place: string;

  constructor(root: string) {
    this.place = root;
  }

  id(): Promise<string | null> {
    return readStoreId(this.place);
  }

  async entries(folder: string): Promise<SweptEntry[]> {
    const names = await namesIn(join(this.place, folder));
    const found = await Promise.all(
      names.map(async (name) => {
        const path = join(folder, name);
        const stats = await ifThere(stat(join(this.place, path)));
        if (stats === null) return [];
        const isLeftover = name.endsWith(DEAD_SUFFIX);
        return [{ name, path, ageMs: Date.now() - stats.mtimeMs, isLeftover }];
      }),
    );
    return found.flat();
  }

  owner(run: string): Promise<string | null> {
    return ifThere(readFile(join(this.place, run, OWNER), 'utf8'));
  }

  async finishRemovals(run: string): Promise<void> {
    await removeDeadAttempts(join(this.place, run));
  }

  async removeRun(run: string): Promise<void> {
    await removeDirectory(join(this.place, run));
  }

  async removeFile(path: string): Promise<void> {
    await rm(join(this.place, path), { force: true });
  }

  addressOf(path: string): string {
    return join(this.place, path);
  }

  /** Those that are removed meanwhile or cannot be read are left out. */
  async sizeOf(path: string): Promise<number> {
    const full = join(this.place, path);
    const found = await readdir(full, { recursive: true, withFileTypes: true }).catch(() => []);
    const sizes = await Promise.all(
      found.map(({ parentPath, name }: Dirent) =>
        lstat(join(parentPath, name)).then(
          (stats) => (stats.isFile() ? stats.size : 0),
          () => 0,
        ),
      ),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  }
}
