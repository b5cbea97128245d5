import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readStoreId } from './store-id.ts';
import { type Foreign, type SweepOptions, sweepStaging } from './sweep.ts';

const SWEEP_EVERY_MS = 60 * 60 * 1000;
/** What is younger is probably in use, and its owner removes it. */
const REPORT_FROM_AGE_MS = 24 * 60 * 60 * 1000;
/** Of what could not be removed. */
const SHOWN = 10;
const FOREIGN =
  'the staging directory holds personal data of another namespace or Temporal, which this worker leaves alone. If no worker of that namespace uses this directory any more, delete it by hand';

export interface SweepingOptions extends SweepOptions {
  /** The id of the store when the worker started. */
  readonly store: string;
  readonly log: {
    readonly info: (message: string, details: object) => void;
    readonly warn: (message: string, details: object) => void;
  };
}

/** Sweeps the staging directory now and each hour, until it is disposed. */
export function startSweeping(options: SweepingOptions): Disposable {
  const { log } = options;
  const reported = new Set<string>();
  const sweep = async () => {
    try {
      await sweepOnce(options, reported);
    } catch (error) {
      log.warn('old staged rows could not be removed; the next sweep tries again', { error });
    }
  };
  const timer = setInterval(() => void sweep(), SWEEP_EVERY_MS);
  void sweep();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** @param reported paths that were reported before; added to */
export async function sweepOnce(options: SweepingOptions, reported: Set<string>): Promise<void> {
  const { directory, store, log } = options;
  const seen = await readStoreId(directory);
  if (seen !== store) {
    log.warn(
      'the staging directory is not the one that this worker started with: a file system was mounted or unmounted there. Restart the worker once staging.directory is right',
      { directory, store: seen, startedWith: store },
    );
    return;
  }
  const { runs, rejects, foreign, failed } = await sweepStaging(options);
  if (runs + rejects > 0) log.info('removed old staged rows', { runs, rejects });
  if (failed.length > 0) {
    log.warn(
      'some old files in the staging directory could not be removed; give the user of the workers access to them, or delete them by hand. The next sweep tries again',
      { directory, failed: failed.slice(0, SHOWN), more: Math.max(0, failed.length - SHOWN) },
    );
  }
  for (const found of foreign) {
    if (found.ageMs < REPORT_FROM_AGE_MS || reported.has(found.path)) continue;
    reported.add(found.path);
    log.warn(FOREIGN, await describeForeign(directory, found));
  }
}

async function describeForeign(directory: string, { path, namespace, ageMs }: Foreign) {
  const full = join(directory, path);
  const hours = Math.floor(ageMs / 3_600_000);
  return { path: full, namespace, hours, bytes: await sizeOf(full) };
}

/** The bytes of all files below; those that are removed meanwhile or cannot be read are left out. */
async function sizeOf(path: string): Promise<number> {
  const found = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => []);
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
