import { OWNER, REJECTS, RUNS } from '../layout.ts';
import type { SweptEntry, SweptStore } from '../sweep.ts';
import type { Bucket } from './bucket.ts';
import { STORE_ID_KEY } from './keys.ts';

/** A bucket as the sweep sees it. */
export class SweptBucket implements SweptStore {
  readonly #bucket: Bucket;

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
  }

  get place(): string {
    return this.#bucket.addressOf('');
  }

  async id(): Promise<string | null> {
    return (await this.#bucket.get(STORE_ID_KEY))?.body.toString() ?? null;
  }

  async entries(folder: string): Promise<SweptEntry[]> {
    const prefixes = await this.#bucket.prefixes(`${folder}/`);
    const entries: SweptEntry[] = [];
    for (const prefix of prefixes) {
      const path = prefix.slice(0, -1);
      const { modifiedAt } = await this.#sumOf(prefix);
      // Some consoles make an object for a folder.
      if (modifiedAt !== null && path !== `${folder}/`) entries.push(entry(path, modifiedAt));
    }
    // Neither a run nor a namespace is a single object; the rejects of a namespace are, and many.
    if (folder === RUNS || folder === REJECTS) return entries;
    for await (const page of this.#bucket.list(`${folder}/`)) {
      const isIn = (key: string) => !key.slice(folder.length + 1).includes('/');
      const objects = page.filter(({ key }) => isIn(key));
      entries.push(...objects.map(({ key, modifiedAt }) => entry(key, modifiedAt)));
    }
    return entries;
  }

  async owner(run: string): Promise<string | null> {
    return (await this.#bucket.get(`${run}/${OWNER}`))?.body.toString() ?? null;
  }

  async finishRemovals(): Promise<void> {
    // What an attempt left that does not count goes with its export.
  }

  async removeRun(run: string): Promise<void> {
    await this.#bucket.deleteBelow(`${run}/`);
  }

  async removeFile(path: string): Promise<void> {
    await this.#bucket.delete([path]);
  }

  addressOf(path: string): string {
    return this.#bucket.addressOf(path);
  }

  async sizeOf(path: string): Promise<number> {
    return (await this.#sumOf(`${path}/`)).bytes;
  }

  async #sumOf(prefix: string): Promise<{ bytes: number; modifiedAt: Date | null }> {
    let bytes = 0;
    let modifiedAt: Date | null = null;
    for await (const page of this.#bucket.list(prefix)) {
      for (const object of page) {
        bytes += object.bytes;
        if (modifiedAt === null || object.modifiedAt > modifiedAt) modifiedAt = object.modifiedAt;
      }
    }
    return { bytes, modifiedAt };
  }
}

function entry(path: string, modifiedAt: Date): SweptEntry {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return { name, path, ageMs: Date.now() - modifiedAt.getTime(), isLeftover: false };
}
